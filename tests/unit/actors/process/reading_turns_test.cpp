#include "actors/process/reading_turns.hpp"

#include <gtest/gtest.h>

namespace fedhub {
namespace {

using namespace std::chrono_literals;

class ReadingTurns : public testing::Test {
protected:
  reading_turns turns;
  reading_turns::time_point now{};
};

TEST_F(ReadingTurns, begins_one_for_a_request_when_none_is_under_way) {
  EXPECT_EQ(turns.ask(now), 1u);
  EXPECT_TRUE(turns.ended(1));
  EXPECT_EQ(turns.next(now), std::nullopt);
  EXPECT_EQ(turns.ask(now), 2u);
}

TEST_F(ReadingTurns, serves_all_requests_that_come_meanwhile_by_one_after_it) {
  turns.ask(now);
  for (int i = 0; i < 1000; ++i)
    EXPECT_EQ(turns.ask(now + 999ms), std::nullopt);
  EXPECT_EQ(turns.next(now), std::nullopt); // the first reading has not ended
  EXPECT_TRUE(turns.ended(1));
  EXPECT_EQ(turns.next(now), 2u);
  EXPECT_TRUE(turns.ended(2));
  EXPECT_EQ(turns.next(now), std::nullopt);
}

TEST_F(ReadingTurns, does_not_wait_for_one_that_has_not_ended_for_a_while) {
  turns.ask(now);
  EXPECT_EQ(turns.ask(now + 1s), 2u);
  EXPECT_FALSE(turns.ended(1)); // its result is outdated
  EXPECT_FALSE(turns.overdue(1));
  EXPECT_TRUE(turns.ended(2));
}

TEST_F(ReadingTurns, gives_up_one_that_does_not_end) {
  turns.ask(now);
  EXPECT_TRUE(turns.overdue(1));
  EXPECT_FALSE(turns.ended(1)); // it ends after all
  EXPECT_EQ(turns.ask(now + 10s), 2u);
  EXPECT_FALSE(turns.overdue(1));
  EXPECT_TRUE(turns.ended(2));
}

TEST_F(ReadingTurns, serves_a_request_after_one_that_was_given_up) {
  turns.ask(now);
  turns.ask(now + 10ms);
  EXPECT_TRUE(turns.overdue(1));
  EXPECT_EQ(turns.next(now + 10s), 2u);
}

TEST_F(ReadingTurns, knows_no_reading_that_did_not_begin) {
  EXPECT_FALSE(turns.ended(1));
  EXPECT_FALSE(turns.ended(0));
}

} // namespace
} // namespace fedhub
