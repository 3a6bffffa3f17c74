// Claims to one component node, by state and event.
#include "actors/rules/takeover_guard.hpp"

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "actors/rules/node_claims.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;

class TakeoverGuard : public testing::Test {
protected:
  takeover_guard::ruling claim(const std::string& from) {
    auto verdict = guard.claim(++last, from, now);
    if (verdict.granted)
      current = last;
    granted += verdict.granted && verdict.takes_over ? 1 : 0;
    return verdict;
  }
  bool claims(const std::string& from) { return claim(from).granted; }

  /// Has two processes replace each other's link so often that the next claim is refused.
  void fight() {
    for (int i = 0; i < 5; ++i) { // the first claim is no take-over
      EXPECT_TRUE(claims(i % 2 == 0 ? "10.0.0.1" : "10.0.0.2")) << i;
      now += 100ms;
    }
  }

  takeover_guard guard;
  takeover_guard::time_point now{1h};
  uint64_t last = 0, current = 0;
  int granted = 0; ///< take-overs.
};

TEST_F(TakeoverGuard, grants_a_node_without_a_link_to_anybody) {
  for (int i = 0; i < 1000; ++i) {
    const auto verdict = claim(i % 2 == 0 ? "10.0.0.1" : "10.0.0.2");
    EXPECT_TRUE(verdict.granted && !verdict.takes_over && !verdict.fight_begins);
    guard.gone(current);
  }
}

TEST_F(TakeoverGuard, grants_the_first_takeovers_and_then_refuses) {
  EXPECT_FALSE(claim("10.0.0.1").takes_over);
  for (int i = 0; i < 4; ++i) {
    const auto verdict = claim(i % 2 == 0 ? "10.0.0.2" : "10.0.0.1");
    EXPECT_TRUE(verdict.granted && verdict.takes_over) << i;
    EXPECT_EQ(verdict.current, last - 1);
    EXPECT_EQ(verdict.rival, i % 2 == 0 ? "10.0.0.1" : "10.0.0.2");
    EXPECT_EQ(verdict.fight_begins, i == 3) << "more than three";
    now += 1s;
  }
  now -= 1ms; // still within the second of the first refusal
  const auto verdict = claim("10.0.0.2");
  EXPECT_TRUE(!verdict.granted && verdict.takes_over && verdict.hold && verdict.ask
              && !verdict.fight_begins);
  EXPECT_EQ(verdict.current, current);
}

TEST_F(TakeoverGuard, counts_a_minute_only) {
  claims("10.0.0.1");
  for (int i = 0; i < 100; ++i) { // three claims in each minute
    EXPECT_TRUE(claims(i % 2 == 0 ? "10.0.0.2" : "10.0.0.1")) << i;
    now += 20s;
  }
}

TEST_F(TakeoverGuard, doubles_the_time_of_refusal_up_to_a_minute) {
  fight();
  now -= 100ms; // back to the moment of the last take-over
  for (auto refusal : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
    const auto until = now + refusal;
    now = until - 1ms;
    EXPECT_FALSE(claims("10.0.0.2"));
    now = until;
    const auto verdict = claim("10.0.0.2");
    EXPECT_TRUE(verdict.granted) << refusal.count();
    EXPECT_FALSE(verdict.fight_begins) << "it is said once";
  }
}

TEST_F(TakeoverGuard, bounds_the_takeovers_of_processes_that_never_rest) {
  for (int i = 0; i < 150'000; ++i) { // two and a half minutes, one claim a millisecond
    claims(i % 2 == 0 ? "10.0.0.1" : "10.0.0.2");
    now += 1ms;
  }
  EXPECT_LE(granted, 4 + 8); // 1 + 2 + 4 + ... + 60 s
  EXPECT_GE(granted, 4 + 6);
}

TEST_F(TakeoverGuard, forgets_a_fight_after_a_minute_of_rest) {
  fight();
  EXPECT_FALSE(claims("10.0.0.2"));
  now += 59'999ms;
  EXPECT_TRUE(guard.fighting(now));
  EXPECT_TRUE(claims("10.0.0.2")) << "the refusal is over, the fight is not";
  EXPECT_FALSE(claims("10.0.0.1"));
  now += 60s;
  EXPECT_FALSE(guard.fighting(now));
  granted = 0;
  for (int i = 0; i < 3; ++i)
    EXPECT_FALSE(claim(i % 2 == 0 ? "10.0.0.1" : "10.0.0.2").fight_begins);
  EXPECT_EQ(granted, 3);
}

TEST_F(TakeoverGuard, does_not_take_refused_claims_for_rest) {
  fight();
  for (int i = 0; i < 600; ++i) {
    claims("10.0.0.2");
    now += 1s;
    EXPECT_TRUE(guard.fighting(now));
  }
}

TEST_F(TakeoverGuard, defends_no_link_that_gives_no_sign_of_life) {
  fight();
  EXPECT_FALSE(claims("10.0.0.2"));
  guard.unanswered(current - 1); // a former link
  EXPECT_FALSE(claims("10.0.0.2"));
  guard.unanswered(current);
  EXPECT_TRUE(claims("10.0.0.2"));
  EXPECT_FALSE(claims("10.0.0.1")) << "the new link owes nothing yet";
}

TEST_F(TakeoverGuard, lets_a_node_whose_link_is_gone_be_claimed_in_a_fight) {
  fight();
  guard.gone(current - 1); // a former link
  EXPECT_FALSE(claims("10.0.0.2"));
  guard.gone(current);
  const auto verdict = claim("10.0.0.2");
  EXPECT_TRUE(verdict.granted && !verdict.takes_over);
  EXPECT_FALSE(claims("10.0.0.1")) << "the fight goes on";
}

TEST_F(TakeoverGuard, asks_the_current_link_again_only_after_its_time_to_answer) {
  fight();
  for (int i = 0; i < 4; ++i) // make the refusal long enough
    for (now += 1s; !claims("10.0.0.2"); now += 1s)
      ;
  EXPECT_FALSE(guard.take_question(current));
  EXPECT_TRUE(claim("10.0.0.1").ask);
  EXPECT_FALSE(guard.take_question(current - 1)) << "another one";
  EXPECT_TRUE(guard.take_question(current));
  EXPECT_FALSE(guard.take_question(current)) << "once";
  now += 4'999ms;
  EXPECT_FALSE(claim("10.0.0.1").ask);
  now += 1ms;
  EXPECT_TRUE(claim("10.0.0.1").ask);
}

TEST_F(TakeoverGuard, leaves_a_supervisor_that_restarts_its_process_alone_up_to_a_rate) {
  claims("10.0.0.1");
  for (int i = 0; i < 300; ++i) {
    EXPECT_TRUE(claims("10.0.0.1")) << i;
    now += 2s;
  }
  bool begun = false;
  for (int i = 0; i < 31; ++i) // as two processes on one machine would
    begun = begun || claim("10.0.0.1").fight_begins;
  EXPECT_TRUE(begun);
  EXPECT_FALSE(claims("10.0.0.1"));
}

TEST_F(TakeoverGuard, holds_a_limited_number_of_claims_a_second) {
  fight();
  for (int second = 0; second < 2; ++second) {
    unsigned held = 0;
    for (int i = 0; i < 100; ++i)
      held += claim("10.0.0.2").hold ? 1 : 0;
    EXPECT_EQ(held, takeover_guard::most_held);
    now += 1s;
    claims("10.0.0.2"); // granted; the next refusal lasts longer
  }
}

TEST_F(TakeoverGuard, is_idle_once_nothing_is_left_to_remember) {
  EXPECT_TRUE(guard.idle(now));
  claims("10.0.0.1");
  EXPECT_FALSE(guard.idle(now));
  guard.gone(current);
  EXPECT_TRUE(guard.idle(now));
  fight();
  guard.gone(current);
  EXPECT_FALSE(guard.idle(now));
  EXPECT_TRUE(guard.idle(now + 60s));
}

/// Random events: a claim is refused only while there is a current link, and for at most
/// `longest_refusal`. A granted claim is neither held, nor is the current link asked for it.
TEST_F(TakeoverGuard, keeps_its_guarantees_under_random_events) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    std::minstd_rand random{seed + 1};
    guard = {};
    current = 0;
    takeover_guard::time_point granted_at{};
    for (int i = 0; i < 3000; ++i) {
      now += std::chrono::milliseconds{random() % (random() % 20 == 0 ? 30'000 : 300)};
      switch (random() % 12) {
      case 0:
        guard.gone(current);
        current = 0;
        break;
      case 1:
        guard.unanswered(current);
        granted_at = {}; // the link may be replaced at once
        break;
      default: {
        const bool linked = current != 0;
        const auto verdict = claim("10.0.0." + std::to_string(random() % 3));
        ASSERT_EQ(verdict.takes_over, linked);
        ASSERT_TRUE(verdict.granted || linked);
        ASSERT_TRUE(verdict.granted || now - granted_at < takeover_guard::longest_refusal);
        ASSERT_TRUE(!verdict.granted || (!verdict.hold && !verdict.ask));
        if (verdict.granted && verdict.takes_over)
          granted_at = now;
        else if (verdict.granted && granted_at == takeover_guard::time_point{})
          granted_at = now - 1ms;
      }
      }
    }
  }
}

TEST(NodeClaims, judge_each_node_by_itself_and_forget_names_that_are_used_no_more) {
  node_claims claims;
  takeover_guard::time_point now{1h};
  uint64_t link = 0;
  for (int i = 0; i < 6; ++i)
    claims.claim("one", ++link, i % 2 == 0 ? "10.0.0.1" : "10.0.0.2", now);
  EXPECT_FALSE(claims.claim("one", ++link, "10.0.0.2", now).granted);
  EXPECT_TRUE(claims.claim("two", ++link, "10.0.0.2", now).granted);
  for (int i = 0; i < 1000; ++i) {
    const auto name = "renamed " + std::to_string(i);
    claims.claim(name, ++link, "10.0.0.1", now);
    claims.gone(name, link);
  }
  EXPECT_LE(claims.size(), 3u);
  claims.gone("never there", 7);
  claims.unanswered("never there", 7);
}

} // namespace
} // namespace fedhub
