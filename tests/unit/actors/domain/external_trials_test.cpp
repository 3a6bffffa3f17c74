#include "actors/domain/external_trials.hpp"

#include <gtest/gtest.h>

namespace fedhub {
namespace {

using namespace std::chrono_literals;

const external_trials::time_point begin{1h};

TEST(ExternalTrials, ask_until_the_peer_has_refused_and_again_after_some_time) {
  external_trials trials;
  EXPECT_TRUE(trials.asks(begin));
  trials.refused(begin);
  EXPECT_FALSE(trials.asks(begin));
  EXPECT_FALSE(trials.asks(begin + external_trials::refusal_time - 1ms));
  EXPECT_TRUE(trials.asks(begin + external_trials::refusal_time));
}

TEST(ExternalTrials, take_the_second_end_in_a_row_for_a_refusal) {
  external_trials trials;
  EXPECT_FALSE(trials.unanswered(begin));
  EXPECT_TRUE(trials.asks(begin));
  EXPECT_TRUE(trials.unanswered(begin));
  EXPECT_FALSE(trials.asks(begin));
  // And it takes two again.
  const auto later = begin + external_trials::refusal_time;
  EXPECT_FALSE(trials.unanswered(later));
  EXPECT_TRUE(trials.asks(later));
}

TEST(ExternalTrials, take_ends_with_a_stream_between_them_for_chance) {
  external_trials trials;
  for (int i = 0; i < 5; ++i) {
    EXPECT_FALSE(trials.unanswered(begin));
    trials.passed();
  }
  EXPECT_TRUE(trials.asks(begin));
}

TEST(ExternalTrials, forget_all_when_the_rules_change) {
  external_trials trials;
  trials.refused(begin);
  trials.forget();
  EXPECT_TRUE(trials.asks(begin));
  trials.unanswered(begin);
  trials.forget();
  EXPECT_FALSE(trials.unanswered(begin));
}

} // namespace
} // namespace fedhub
