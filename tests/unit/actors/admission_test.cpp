#include "actors/admission.hpp"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace fedhub {
namespace {

using namespace std::chrono_literals;

class Admission : public testing::Test {
protected:
  static constexpr uint64_t many = 1'000'000;

  admission_ticket_ptr enter(const std::string& ip = "192.0.2.1") {
    return places.enter(ip, listener_kind::s2s, now);
  }
  double refused(connection_limit why) {
    return metrics.connections_refused.at(listener_kind::s2s, why).Value();
  }
  double accepted() { return metrics.connections_accepted.at(listener_kind::s2s).Value(); }

  hub_metrics metrics{"test"};
  admission places{{many, many, many}, metrics};
  admission::time_point now{1h};
};

TEST_F(Admission, takes_connections_up_to_the_limit_of_all_together) {
  places.limits({2, many, many});
  auto a = enter("192.0.2.1");
  auto b = enter("192.0.2.2");
  EXPECT_TRUE(a && b);
  EXPECT_FALSE(enter("192.0.2.3"));
  a.reset();
  EXPECT_TRUE(enter("192.0.2.3"));
  EXPECT_EQ(accepted(), 3);
  EXPECT_EQ(refused(connection_limit::total), 1);
}

TEST_F(Admission, counts_an_authenticated_connection_with_all_but_not_with_its_address) {
  places.limits({3, 1, many});
  auto a = enter();
  EXPECT_FALSE(enter());
  EXPECT_EQ(refused(connection_limit::address), 1);
  EXPECT_TRUE(enter("192.0.2.2")); // gone at once
  a->authenticated();
  auto b = enter();
  EXPECT_TRUE(b);
  b->authenticated();
  b->authenticated(); // a second time changes nothing
  auto c = enter();
  EXPECT_TRUE(c);
  EXPECT_FALSE(enter("192.0.2.2"));
  EXPECT_EQ(refused(connection_limit::total), 1);
}

TEST_F(Admission, gives_the_place_of_a_connection_back_whether_or_not_it_has_authenticated) {
  places.limits({1, 1, many});
  for (bool authenticated : {false, true, false}) {
    auto x = enter();
    ASSERT_TRUE(x);
    if (authenticated)
      x->authenticated();
    EXPECT_FALSE(enter());
  }
  EXPECT_TRUE(enter());
}

TEST_F(Admission,
       lets_the_connections_of_a_second_through_at_once_and_then_as_many_as_time_allows) {
  places.limits({many, many, 4});
  for (int i = 0; i < 4; ++i)
    EXPECT_TRUE(enter()) << i;
  EXPECT_FALSE(enter());
  now += 249ms;
  EXPECT_FALSE(enter());
  now += 1ms;
  EXPECT_TRUE(enter());
  EXPECT_FALSE(enter());
  EXPECT_EQ(refused(connection_limit::rate), 3);
}

TEST_F(Admission, saves_no_more_than_a_second_for_later) {
  places.limits({many, many, 4});
  enter();
  now += 1h;
  int taken = 0;
  while (taken < 100 && enter())
    ++taken;
  EXPECT_EQ(taken, 4);
}

TEST_F(Admission, does_not_use_up_the_rate_by_connections_refused_for_other_reasons) {
  places.limits({many, 1, 2});
  auto a = enter();
  for (int i = 0; i < 10; ++i)
    EXPECT_FALSE(enter());
  EXPECT_TRUE(enter("192.0.2.2"));
  EXPECT_EQ(refused(connection_limit::address), 10);
  EXPECT_EQ(refused(connection_limit::rate), 0);
}

TEST_F(Admission, keeps_connections_that_a_reload_puts_over_the_limit) {
  auto a = enter();
  auto b = enter();
  places.limits({1, many, many});
  EXPECT_FALSE(enter());
  a.reset();
  EXPECT_FALSE(enter());
  b.reset();
  EXPECT_TRUE(enter());
}

TEST_F(Admission, counts_right_under_threads) {
  places.limits({64, 8, many});
  std::vector<std::thread> listeners;
  for (int i = 0; i < 4; ++i)
    listeners.emplace_back([&, ip = "192.0.2." + std::to_string(i % 2)] {
      for (int n = 0; n < 5000; ++n)
        if (auto x = places.enter(ip, listener_kind::s2s, now); x && n % 2 == 0)
          x->authenticated();
    });
  for (auto& x : listeners)
    x.join();
  std::vector<admission_ticket_ptr> held;
  places.limits({64, many, many});
  now += 1s;
  while (auto x = enter())
    held.push_back(std::move(x));
  EXPECT_EQ(held.size(), 64u); // every place is free again
}

} // namespace
} // namespace fedhub
