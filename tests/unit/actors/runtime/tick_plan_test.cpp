#include "actors/runtime/tick_plan.hpp"

#include <map>
#include <random>

#include <gtest/gtest.h>

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using time_point = tick_plan::time_point;

const time_point start{1000s};

TEST(TickPlan, plans_one_tick_for_all_deadlines_that_it_comes_soon_enough_for) {
  tick_plan plan;
  EXPECT_EQ(plan.plan(start + 5s, start), start + 5s);
  EXPECT_EQ(plan.plan(start + 5s, start), std::nullopt);
  EXPECT_EQ(plan.plan(start + 60s, start), std::nullopt);
  EXPECT_EQ(plan.plan(start + 2s, start), start + 2s);
  plan.came();
  EXPECT_EQ(plan.plan(start + 5s, start + 2s), std::nullopt) << "it is under way";
  plan.came();
  EXPECT_EQ(plan.plan(start + 6s, start + 5s), start + 6s);
}

TEST(TickPlan, rounds_up_and_never_plans_for_the_past) {
  tick_plan plan;
  EXPECT_EQ(plan.plan(start + 100ms, start + 50ms), start + 2s);
  EXPECT_EQ(plan.plan(start - 10s, start + 50ms), std::nullopt);
  plan.came();
  EXPECT_EQ(plan.plan(start - 10s, start + 2s), start + 3s);
}

TEST(TickPlan, has_few_ticks_under_way_whatever_the_deadlines_are) {
  tick_plan plan;
  auto ahead = std::chrono::seconds{24h};
  for (auto now = start; ahead > 1s; ahead -= 1s, now += 1us)
    plan.plan(now + ahead, now);
  EXPECT_LE(plan.under_way(), tick_plan::most / 2);
  EXPECT_GT(plan.under_way(), 10u);
}

/// An owner of deadlines. It adds some, and at each tick removes those that have passed.
class owner {
public:
  void add(time_point::duration after) {
    deadlines.emplace(now + after, now);
    schedule();
  }

  /// Lets time pass up to the next tick, or to `until` if that is sooner.
  void elapse(time_point until) {
    if (ticks.empty() || ticks.begin()->first > until) {
      now = std::max(now, until);
      return;
    }
    now = ticks.begin()->first;
    ticks.erase(ticks.begin());
    plan.came();
    while (!deadlines.empty() && deadlines.begin()->first <= now) {
      auto [over, since] = *deadlines.begin();
      EXPECT_LE(now - over, std::max<time_point::duration>(2s, (over - since) / 8));
      deadlines.erase(deadlines.begin());
    }
    schedule();
  }

  void schedule() {
    if (deadlines.empty())
      return;
    if (auto at = plan.plan(deadlines.begin()->first, now)) {
      EXPECT_GE(*at, now + 1s);
      ticks.emplace(*at, true);
    }
    ASSERT_FALSE(ticks.empty()) << "nothing wakes it up";
    ASSERT_GT(ticks.begin()->first, now);
    ASSERT_EQ(ticks.size(), plan.under_way());
  }

  time_point now = start;
  tick_plan plan;
  std::multimap<time_point, time_point> deadlines; ///< each with the time at which it was set.
  std::multimap<time_point, bool> ticks;
};

TEST(TickPlan, reaches_every_deadline_soon_after_it_and_then_rests) {
  std::mt19937_64 draw{7};
  const time_point::duration longest[] = {3s, 60s, 1h, 24h};
  owner it;
  for (int step = 0; step < 20'000; ++step) {
    if (draw() % 2 == 0)
      it.add(time_point::duration{draw() % static_cast<uint64_t>(longest[draw() % 4].count())});
    else
      it.elapse(it.now + std::chrono::milliseconds{draw() % 20'000});
    ASSERT_LE(it.plan.under_way(), tick_plan::most);
    if (testing::Test::HasFailure())
      return;
  }
  for (int step = 0; step < 100'000 && !it.ticks.empty(); ++step)
    it.elapse(time_point::max());
  EXPECT_TRUE(it.deadlines.empty());
  EXPECT_TRUE(it.ticks.empty());
}

} // namespace
} // namespace fedhub
