#include "actors/process/drain_plan.hpp"

#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using stage = drain_plan::stage;

const time_point start{1h};

TEST(DrainPlan, does_each_thing_in_its_time) {
  struct row {
    std::chrono::milliseconds at;
    bool settled, closed;
    stage expected;
  };
  struct table {
    const char* what;
    std::vector<row> rows;
  };
  for (auto& [what, rows] : {
         table{"all goes well",
               {{0ms, false, false, stage::quiet},
                {20ms, true, false, stage::closing},
                {40ms, true, false, stage::closing},
                {60ms, true, true, stage::over},
                {80ms, true, true, stage::over}}},
         table{"a destination that does not read",
               {{7499ms, false, false, stage::quiet},
                {7500ms, false, false, stage::answering},
                {7520ms, true, false, stage::closing},
                {9999ms, true, false, stage::closing},
                {10000ms, true, false, stage::over}}},
         table{"a source that does not read",
               {{7500ms, false, false, stage::answering},
                {9374ms, false, false, stage::answering},
                {9375ms, false, false, stage::closing},
                {10000ms, false, false, stage::over}}},
         table{"connections that are gone before their stanzas are settled",
               {{20ms, false, true, stage::quiet},
                {7500ms, false, true, stage::answering},
                {9375ms, false, true, stage::closing},
                {9400ms, false, true, stage::over}}},
       }) {
    drain_plan plan{start, 10s};
    for (auto& row : rows) {
      plan.go_on(start + row.at, row.settled, row.closed);
      EXPECT_EQ(plan.at(), row.expected) << what << " at " << row.at.count() << " ms";
    }
  }
}

TEST(DrainPlan, ends_at_once_if_the_drain_time_is_zero) {
  drain_plan plan{start, 0s};
  for (auto entry : {stage::answering, stage::closing, stage::over}) {
    EXPECT_TRUE(plan.go_on(start, false, false));
    EXPECT_EQ(plan.at(), entry);
  }
  EXPECT_FALSE(plan.go_on(start, false, false));
}

TEST(DrainPlan, does_nothing_before_it_begins) {
  drain_plan plan;
  EXPECT_FALSE(plan.go_on(start, true, true));
  EXPECT_EQ(plan.at(), stage::running);
}

TEST(DrainPlan, is_over_in_time_whatever_comes) {
  std::minstd_rand random{8};
  for (int round = 0; round < 1000; ++round) {
    const std::chrono::milliseconds drain{random() % 20'000};
    drain_plan plan{start, drain};
    auto before = plan.at();
    for (auto t = 0ms; t <= drain + 60ms; t += 20ms) {
      plan.go_on(start + t, random() % 50 == 0, random() % 50 == 0);
      EXPECT_GE(plan.at(), before);
      before = plan.at();
    }
    EXPECT_EQ(plan.at(), stage::over) << drain.count();
  }
}

} // namespace
} // namespace fedhub
