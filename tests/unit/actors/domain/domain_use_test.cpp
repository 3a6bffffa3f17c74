#include "actors/domain/domain_use.hpp"

#include <gtest/gtest.h>

namespace fedhub {
namespace {

using namespace std::chrono_literals;

const domain_use::time_point begin{1h};

TEST(DomainUse, says_how_long_an_actor_stays) {
  const auto retry_at = begin + 7s;
  const struct {
    bool carried, verified, proven;
    domain_use::time_point until;
  } table[] = {
    {false, false, false, begin + domain_use::grace_time},
    {false, false, true, begin + domain_use::grace_time},
    {false, true, false, retry_at},
    {false, true, true, retry_at},
    {true, false, false, begin + domain_use::unproven_grace_time},
    {true, false, true, begin + domain_use::grace_time},
    {true, true, false, begin + domain_use::unproven_grace_time},
    {true, true, true, begin + domain_use::grace_time},
  };
  for (const auto& row : table) {
    domain_use use{begin - 1s};
    if (row.carried)
      use.note_carried();
    if (row.verified)
      use.note_verified();
    if (row.proven)
      use.note_proven();
    use.touch(begin);
    EXPECT_EQ(use.needed_until(retry_at), row.until) << "row " << &row - table;
    EXPECT_EQ(use.last(), begin);
  }
}

TEST(DomainUse, for_keys_alone_ends_with_the_last_one_once_no_attempt_is_due) {
  domain_use use{begin};
  use.note_verified();
  EXPECT_EQ(use.needed_until({}), begin);
}

TEST(StopStage, says_which_stanzas_may_wait) {
  const struct {
    stop_stage stage;
    bool others, generated;
  } table[] = {
    {stop_stage::running, true, true},
    {stop_stage::draining, false, true},
    {stop_stage::stopping, false, false},
  };
  for (const auto& row : table) {
    EXPECT_EQ(may_wait(row.stage, false), row.others) << static_cast<int>(row.stage);
    EXPECT_EQ(may_wait(row.stage, true), row.generated) << static_cast<int>(row.stage);
  }
}

} // namespace
} // namespace fedhub
