// Which refusals have rows of their own.
#include "actors/history/refusal_sums.hpp"

#include <gmock/gmock.h>

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using admin::event_kind;
using clock = refusal_sums::clock;

constexpr clock::time_point start{1000s};

uint64_t admitted(refusal_sums& sums, failure why, clock::time_point now, uint64_t refusals) {
  uint64_t rows = 0;
  for (uint64_t i = 0; i < refusals; ++i)
    rows += sums.admit(event_kind::refusal, why, now) ? 1 : 0;
  return rows;
}

TEST(RefusalSums, admits_the_first_ten_of_each_kind_in_each_minute) {
  struct step {
    clock::duration at;
    failure why;
    uint64_t refusals;
    uint64_t rows;
  };
  const step steps[] = {
    {0s, failure::domain_denied, 9, 9},
    {1s, failure::domain_denied, 5, 1},
    {2s, failure::tls_not_offered, 12, 10},
    {59s, failure::domain_denied, 1, 0},
  };
  refusal_sums sums;
  for (const auto& step : steps)
    EXPECT_EQ(admitted(sums, step.why, start + step.at, step.refusals), step.rows);
}

TEST(RefusalSums, counts_verdicts_apart_and_admits_all_other_events) {
  refusal_sums sums;
  EXPECT_EQ(admitted(sums, failure::certificate_refused, start, 11), 10u);
  EXPECT_TRUE(sums.admit(event_kind::trust, failure::certificate_refused, start));
  for (int i = 0; i < 100; ++i) {
    sums.admit(event_kind::trust, failure::certificate_refused, start);
    EXPECT_TRUE(sums.admit(event_kind::stream, failure::certificate_refused, start));
  }
  const auto left_out = sums.take_all();
  ASSERT_EQ(left_out.size(), 2u);
  EXPECT_EQ(left_out[0].count, 1u);
  EXPECT_EQ(left_out[1].kind, event_kind::trust);
  EXPECT_EQ(left_out[1].count, 91u);
}

TEST(RefusalSums, a_minute_without_sums_ends_by_itself) {
  refusal_sums sums;
  EXPECT_EQ(admitted(sums, failure::domain_denied, start, 10), 10u);
  EXPECT_EQ(sums.due(), std::nullopt);
  EXPECT_EQ(admitted(sums, failure::domain_denied, start + 60s, 11), 10u);
}

TEST(RefusalSums, sums_are_due_when_their_minute_is_over) {
  refusal_sums sums;
  admitted(sums, failure::domain_denied, start, 25);
  admitted(sums, failure::tls_failed, start + 30s, 11);
  EXPECT_EQ(sums.due(), start + 60s);
  EXPECT_TRUE(sums.take(start + 59s).empty());
  const auto first = sums.take(start + 60s);
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first[0].why, failure::domain_denied);
  EXPECT_EQ(first[0].count, 15u);
  EXPECT_EQ(sums.due(), start + 90s);
  ASSERT_EQ(sums.take_all().size(), 1u);
  EXPECT_EQ(sums.due(), std::nullopt);
}

TEST(RefusalSums, no_refusal_is_forgotten_if_sums_are_taken_late) {
  refusal_sums sums;
  EXPECT_EQ(admitted(sums, failure::domain_denied, start, 11), 10u);
  EXPECT_EQ(admitted(sums, failure::domain_denied, start + 300s, 4), 0u);
  const auto late = sums.take(start + 300s);
  ASSERT_EQ(late.size(), 1u);
  EXPECT_EQ(late[0].count, 5u);
  EXPECT_EQ(admitted(sums, failure::domain_denied, start + 301s, 11), 10u);
}

} // namespace
} // namespace fedhub
