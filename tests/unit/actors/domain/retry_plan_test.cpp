#include "actors/domain/retry_plan.hpp"

#include <gtest/gtest.h>

namespace fedhub {
namespace {

using namespace std::chrono_literals;

const retry_plan::time_point begin{1h};

TEST(RetryPlan, doubles_the_wait_up_to_the_longest_with_a_quarter_of_jitter) {
  const struct {
    std::chrono::milliseconds longest;
    std::vector<std::chrono::milliseconds> waits;
  } table[] = {
    {retry_plan::longest_wait, {1s, 2s, 4s, 8s, 16s, 30s}},
    {retry_plan::longest_node_wait, {1s, 2s, 4s, 5s}},
  };
  for (const auto& row : table)
    for (uint64_t seed = 1; seed < 50; ++seed) {
      retry_plan plan{seed};
      for (size_t i = 0; i < 70; ++i) { // the last one for ever
        const auto wait = row.waits[std::min(i, row.waits.size() - 1)];
        plan.put_off(begin, row.longest);
        EXPECT_GE(plan.at(), begin + wait * 3 / 4);
        EXPECT_LE(plan.at(), begin + wait * 5 / 4);
      }
      EXPECT_EQ(plan.failures(), 70);
    }
}

TEST(RetryPlan, lets_hubs_that_failed_together_come_back_apart) {
  retry_plan a{1'000'003}, b{2'000'000'011};
  a.put_off(begin, retry_plan::longest_wait);
  b.put_off(begin, retry_plan::longest_wait);
  EXPECT_NE(a.at(), b.at());
}

TEST(RetryPlan, moves_the_next_attempt_by_each_event) {
  using run = void (*)(retry_plan&);
  const struct {
    const char* event;
    run apply;
    std::chrono::milliseconds earliest, latest;
    unsigned failures;
  } table[] = {
    {"none", [](auto&) {}, 3s, 5s, 3},
    {"at once", [](auto& x) { x.at_once(begin); }, 0s, 0s, 3},
    {"no later than 1 s", [](auto& x) { x.no_later_than(begin + 1s); }, 1s, 1s, 3},
    {"no later than 9 s", [](auto& x) { x.no_later_than(begin + 9s); }, 3s, 5s, 3},
    {"succeeded", [](auto& x) { x.succeeded(); }, 3s, 5s, 0},
    {"succeeded, failed",
     [](auto& result) {
       result.succeeded();
       result.put_off(begin, retry_plan::longest_wait);
     },
     750ms, 1250ms, 1},
  };
  for (const auto& row : table) {
    retry_plan plan;
    EXPECT_TRUE(plan.may_dial(begin));
    for (int i = 0; i < 3; ++i)
      plan.put_off(begin, retry_plan::longest_wait);
    row.apply(plan);
    EXPECT_GE(plan.at(), begin + row.earliest) << row.event;
    EXPECT_LE(plan.at(), begin + row.latest) << row.event;
    EXPECT_EQ(plan.failures(), row.failures) << row.event;
    EXPECT_FALSE(plan.may_dial(plan.at() - 1ns)) << row.event;
    EXPECT_TRUE(plan.may_dial(plan.at())) << row.event;
  }
}

TEST(RetryPlan, has_the_next_attempt_in_the_future_after_each_failure) {
  retry_plan plan{7};
  auto now = begin;
  for (int i = 0; i < 10'000; ++i) {
    if (i % 37 == 0)
      plan.succeeded();
    plan.put_off(now, i % 2 == 0 ? retry_plan::longest_wait : retry_plan::longest_node_wait);
    ASSERT_GT(plan.at(), now);
    ASSERT_LE(plan.at(), now + retry_plan::longest_wait * 5 / 4);
    now = plan.at() + std::chrono::milliseconds{i % 100};
  }
}

TEST(RetryPlan, knows_why_the_last_attempt_failed) {
  retry_plan plan;
  EXPECT_EQ(plan.why(), failure::none);
  plan.note(failure::dns_failed, "SERVFAIL");
  plan.add_detail("; twice");
  EXPECT_EQ(plan.why(), failure::dns_failed);
  EXPECT_EQ(plan.detail(), "SERVFAIL; twice");
  plan.forget_cause();
  EXPECT_EQ(plan.why(), failure::none);
  EXPECT_EQ(plan.detail(), "");
}

} // namespace
} // namespace fedhub
