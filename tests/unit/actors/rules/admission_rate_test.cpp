// The rate of accepted connections, and its shares.
#include <string>
#include <vector>

#include "tests/unit/actors/rules/admission_scene.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using Admission = test::admission_test;

TEST_F(Admission, lets_one_address_take_two_thirds_of_a_second_at_once_and_then_the_whole_rate) {
  places.limits({many, many, 300});
  EXPECT_EQ(burst(1000, "192.0.2.1"), 200);
  int taken = 0;
  for (int i = 0; i < 1000; ++i) {
    now += 10ms;
    taken += burst(10, "192.0.2.1");
  }
  EXPECT_GE(taken, 2900);
  EXPECT_LE(taken, 3000 + 200);
  EXPECT_GT(refused(connection_limit::rate), 0);
}

TEST_F(Admission, admits_an_address_that_takes_little_while_others_take_all_they_can) {
  places.limits({many, many, 500});
  for (int floods : {1, 5, 50}) {
    now += 10s;
    int small = 0;
    for (int turn = 0; turn < 500; ++turn) {
      now += 10ms;
      for (int host = 0; host < floods; ++host)
        burst(20, "2001:db8:" + std::to_string(host) + "::1");
      // While they are new, they can't be distinguished from addresses that take little.
      if (turn >= 100 && turn % 50 == 0)
        small += burst(1, "192.0.2.9");
    }
    EXPECT_EQ(small, 8) << floods;
    held.clear();
  }
}

TEST_F(Admission, shares_the_rate_evenly_among_addresses_that_take_all_they_can) {
  places.limits({many, many, 500});
  std::vector<int> taken(5);
  for (int turn = 0; turn < 1000; ++turn) {
    now += 10ms;
    for (int host = 0; host < 5; ++host) // the same addresses come first each time
      taken[static_cast<size_t>(host)] += burst(20, "192.0.2." + std::to_string(host));
  }
  for (auto x : taken)
    EXPECT_NEAR(x, 1000, 300);
}

TEST_F(Admission, saves_no_more_than_a_second_for_later) {
  places.limits({many, many, 4});
  enter();
  now += 1h;
  int taken = 0;
  for (int i = 0; i < 100; ++i)
    taken += burst(1, "192.0.2." + std::to_string(i));
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

} // namespace
} // namespace fedhub
