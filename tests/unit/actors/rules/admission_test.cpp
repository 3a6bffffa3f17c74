#include "actors/rules/admission.hpp"

#include <atomic>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/actors/rules/admission_scene.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using Admission = test::admission_test;

// ---- connections --------------------------------------------------------------------------------

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

TEST_F(Admission, counts_an_authenticated_connection_with_all_but_not_with_the_strangers) {
  places.limits({3, 1, many});
  auto a = enter();
  EXPECT_FALSE(enter());
  EXPECT_EQ(refused(connection_limit::address), 1);
  EXPECT_TRUE(enter("192.0.2.2")); // this connection ends at once
  EXPECT_TRUE(a->authenticated("a.example"));
  EXPECT_TRUE(a->authenticated("b.example")); // a second time changes nothing
  auto b = enter();
  auto c = enter("192.0.2.2");
  EXPECT_TRUE(b && c);
  EXPECT_FALSE(enter("192.0.2.3"));
  EXPECT_EQ(refused(connection_limit::total), 1);
}

TEST_F(Admission, gives_the_place_of_a_connection_back_whether_or_not_it_has_authenticated) {
  places.limits({1, 1, many});
  for (bool authenticated : {false, true, false}) {
    auto place = enter();
    ASSERT_TRUE(place);
    if (authenticated) {
      EXPECT_TRUE(place->authenticated("a.example"));
    }
    EXPECT_FALSE(enter());
  }
  EXPECT_TRUE(enter());
}

TEST_F(Admission, holds_addresses_apart_by_what_one_host_can_use) {
  places.limits({many, 2, many});
  struct {
    const char* first;
    const char* other;
    bool same;
  } table[] = {
    {"198.51.100.1", "198.51.100.2", false},
    {"2001:db8:1::1", "2001:db8:1::2", true},
    {"2001:db8:2::1", "2001:db8:2:1::1", false},
    {"203.0.113.1", "::ffff:203.0.113.1", true},
    {"::ffff:203.0.113.2", "::ffff:203.0.113.3", false},
  };
  for (auto& row : table) {
    auto a = enter(row.first);
    auto b = enter(row.other);
    auto c = enter(row.other);
    EXPECT_TRUE(a && b) << row.other;
    EXPECT_EQ(c == nullptr, row.same) << row.other;
  }
}

TEST_F(Admission, holds_listeners_apart) {
  places.limits({4, 2, 4, 0});
  EXPECT_EQ(burst(10, "192.0.2.1"), 2);
  for (auto other : {listener_kind::s2s_direct_tls, listener_kind::nodes})
    EXPECT_EQ(burst(10, "192.0.2.1", other), 2);
}

TEST_F(Admission, leaves_descriptors_for_the_nodes_connections) {
  places.limits({.connections = many,
                 .connections_per_address = many,
                 .accepts_per_second = many,
                 .of_world = 2});
  std::vector<admission_ticket_ptr> taken;
  for (auto kind : {listener_kind::s2s, listener_kind::s2s_direct_tls, listener_kind::nodes}) {
    size_t in = 0;
    for (int i = 0; i < 5; ++i)
      if (auto place = places.enter(*socket_address::parse("192.0.2.1", 1), kind, {})) {
        taken.push_back(std::move(*place));
        ++in;
      }
    EXPECT_EQ(in, kind == listener_kind::nodes ? 5u : 2u) << to_string(kind);
  }
}

TEST_F(Admission, takes_all_nodes_at_once_from_one_address_whatever_comes_from_the_world) {
  for (uint64_t rate : {1, 20, 500}) {
    places.limits({50000, 64, rate, 123});
    now += 10s;
    for (int i = 0; i < 5000; ++i)
      enter("192.0.2.1");
    EXPECT_EQ(burst(123, "192.0.2.1", listener_kind::nodes), 123) << rate;
    held.clear();
  }
  EXPECT_EQ(refused(connection_limit::rate, listener_kind::nodes), 0);
}

// ---- giving way ---------------------------------------------------------------------------------

TEST_F(Admission, has_the_address_with_most_strangers_give_up_its_oldest_when_full) {
  places.limits({5, many, many});
  auto one = enter_and_notice("192.0.2.1", "one");
  auto a = enter_and_notice("192.0.2.2", "a");
  auto b = enter_and_notice("192.0.2.2", "b");
  auto c = enter_and_notice("192.0.2.2", "c");
  auto d = enter_and_notice("192.0.2.2", "d");
  EXPECT_FALSE(enter("192.0.2.2")); // the address that has most gets no more
  auto e = enter_and_notice("192.0.2.3", "e");
  EXPECT_TRUE(e);
  EXPECT_EQ(ended, std::vector<std::string>{"a"});
  auto f = enter_and_notice("192.0.2.3", "f");
  EXPECT_TRUE(f);
  EXPECT_EQ(ended, (std::vector<std::string>{"a", "b"}));
  EXPECT_FALSE(enter("192.0.2.3")); // two, two and one are even enough
  EXPECT_FALSE(enter("192.0.2.1"));
  a.reset(); // its place was given back before
  EXPECT_FALSE(enter("192.0.2.1"));
  c.reset();
  EXPECT_TRUE(enter("192.0.2.1"));
}

TEST_F(Admission, asks_no_connection_to_give_way_that_is_authenticated_or_can_not_be_asked_yet) {
  places.limits({4, many, many});
  std::vector<admission_ticket_ptr> all;
  for (int i = 0; i < 3; ++i)
    all.push_back(enter("192.0.2.1"));
  all[0]->may_give_way([this] { ended.emplace_back("0"); });
  EXPECT_TRUE(all[0]->authenticated("a.example"));
  all.push_back(enter("192.0.2.1"));
  EXPECT_FALSE(enter("192.0.2.2"));
  all[2]->may_give_way([this] { ended.emplace_back("2"); });
  EXPECT_TRUE(enter("192.0.2.2"));
  EXPECT_EQ(ended, std::vector<std::string>{"2"});
}

TEST_F(Admission, shares_places_evenly_among_addresses_that_all_want_everything) {
  places.limits({100, many, many});
  for (int round = 0; round < 200; ++round)
    for (int host = 0; host < 10; ++host)
      if (auto x = enter_and_notice("192.0.2." + std::to_string(host), std::to_string(host)))
        held.push_back(std::move(x));
  // An address with a single connection comes last.
  EXPECT_TRUE(enter_and_notice("198.51.100.1", "small"));
}

// ---- shares of authenticated peers --------------------------------------------------------------

TEST_F(Admission, gives_no_authenticated_domain_or_address_more_than_a_quarter) {
  places.limits({40, many, many});
  auto settle = [&](const std::string& ip, const std::string& domain) {
    auto place = enter(ip);
    const bool room = place && place->room_for(domain);
    const bool taken = place && place->authenticated(domain);
    EXPECT_EQ(room, taken);
    if (taken)
      held.push_back(std::move(place));
    return taken;
  };
  for (int i = 0; i < 10; ++i)
    EXPECT_TRUE(settle("192.0.2." + std::to_string(i), "big.example")) << i;
  EXPECT_FALSE(settle("192.0.2.10", "big.example")); // refused from any address
  for (int i = 0; i < 10; ++i)
    EXPECT_TRUE(settle("198.51.100.1", std::to_string(i) + ".example")) << i;
  EXPECT_FALSE(settle("198.51.100.1", "10.example")); // refused for any domain
  EXPECT_TRUE(settle("198.51.100.2", "10.example"));
  held.erase(held.begin());
  EXPECT_TRUE(settle("192.0.2.10", "big.example"));
}

TEST_F(Admission, does_not_hold_nodes_to_shares) {
  places.limits({8, many, many, 0});
  for (int i = 0; i < 8; ++i) {
    auto place = enter("192.0.2.1", listener_kind::nodes);
    ASSERT_TRUE(place);
    EXPECT_TRUE(place->authenticated({}));
    held.push_back(std::move(place));
  }
}

// ---- questions that are expected ----------------------------------------------------------------

TEST_F(Admission, lets_an_address_exceed_its_limit_by_the_keys_it_has_not_answered) {
  places.limits({many, 3, many});
  const address_group provider{*socket_address::parse("192.0.2.1", 5269)};
  awaited_questions::share keys{places.awaited, provider};
  for (int i = 0; i < 200; ++i)
    keys.sent();
  EXPECT_EQ(burst(300, "192.0.2.1"), 203);
  EXPECT_EQ(burst(300, "192.0.2.2"), 3);
}

TEST_F(Admission, counts_no_connection_against_its_address_that_was_expected) {
  // Each question is answered, and with it the key, while the connection stays.
  places.limits({1000, 3, many});
  awaited_questions::share keys{places.awaited,
                                address_group{*socket_address::parse("192.0.2.1", 5269)}};
  for (int i = 0; i < 200; ++i)
    keys.sent();
  for (int i = 0; i < 200; ++i) {
    auto place = enter();
    ASSERT_TRUE(place) << i;
    place->served();
    keys.answered();
    held.push_back(std::move(place));
  }
  EXPECT_EQ(burst(10, "192.0.2.1"), 3);
}

TEST_F(Admission, lets_one_key_serve_a_share_only_however_often_it_is_asked_about) {
  places.limits({40, 3, many});
  int taken = 0;
  for (; taken < 100; ++taken) {
    auto place = enter();
    if (!place)
      break;
    place->served();
    held.push_back(std::move(place));
  }
  EXPECT_EQ(taken, 13); // a quarter of 40, and the limit of 3
  held.clear();
  EXPECT_EQ(burst(10, "192.0.2.1"), 3);
}

// ---- bounds, reload, threads --------------------------------------------------------------------

TEST_F(Admission, remembers_only_addresses_of_the_last_seconds) {
  listener_budget budget{{many, many, many, 0, true}};
  std::function<void()> victim;
  auto come_and_go = [&](const std::string& ip) {
    listener_budget::place place;
    place.from = address_group{*socket_address::parse(ip, 1)};
    EXPECT_FALSE(budget.enter(place, 0, now, victim));
    budget.leave(place);
  };
  auto whole_48 = [&](const std::string& prefix) {
    char text[64];
    for (int i = 0; i < 0x10000; ++i) {
      std::snprintf(text, sizeof text, "%s:%x::1", prefix.c_str(), i);
      come_and_go(text);
    }
  };
  whole_48("2001:db8:1");
  EXPECT_LE(budget.addresses(), listener_budget::most_remembered + 1);
  whole_48("2001:db8:2");
  EXPECT_LE(budget.addresses(), listener_budget::most_remembered + 1);
  now += 6s;
  come_and_go("192.0.2.1");
  EXPECT_EQ(budget.addresses(), 1u);
  EXPECT_EQ(budget.connections(), 0u);
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
  std::atomic<int> gave_way = 0;
  std::vector<std::thread> listeners;
  for (int i = 0; i < 4; ++i)
    listeners.emplace_back([&, ip = "192.0.2." + std::to_string(i % 2)] {
      for (int n = 0; n < 5000; ++n)
        if (auto place = try_enter(ip)) {
          (*place)->may_give_way([&gave_way] { ++gave_way; });
          if (n % 3 == 0)
            (*place)->served();
          if (n % 2 == 0)
            (*place)->authenticated(ip);
        }
    });
  for (auto& x : listeners)
    x.join();
  places.limits({64, many, many});
  now += 1s;
  EXPECT_EQ(burst(100, "192.0.2.1"), 64); // every place is free again
}

} // namespace
} // namespace fedhub
