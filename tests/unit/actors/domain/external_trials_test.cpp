#include "actors/domain/external_trials.hpp"

#include <gtest/gtest.h>

namespace fedhub {
namespace {

using namespace std::chrono_literals;

const external_trials::time_point begin{1h};
const std::string server = "192.0.2.1:5269";

TEST(ExternalTrials, ask_until_the_peer_has_refused_and_again_after_some_time) {
  external_trials trials;
  EXPECT_TRUE(trials.asks(server, begin));
  trials.refused(server, begin);
  EXPECT_FALSE(trials.asks(server, begin));
  EXPECT_FALSE(trials.asks(server, begin + external_trials::refusal_time - 1ms));
  EXPECT_TRUE(trials.asks(server, begin + external_trials::refusal_time));
}

TEST(ExternalTrials, take_the_second_end_in_a_row_for_a_refusal) {
  external_trials trials;
  EXPECT_FALSE(trials.unanswered(server, begin));
  EXPECT_TRUE(trials.asks(server, begin));
  EXPECT_TRUE(trials.unanswered(server, begin));
  EXPECT_FALSE(trials.asks(server, begin));
  // Two ends in a row are needed again.
  const auto later = begin + external_trials::refusal_time;
  EXPECT_FALSE(trials.unanswered(server, later));
  EXPECT_TRUE(trials.asks(server, later));
}

TEST(ExternalTrials, take_ends_with_a_stream_between_them_for_chance) {
  external_trials trials;
  for (int i = 0; i < 5; ++i) {
    EXPECT_FALSE(trials.unanswered(server, begin));
    trials.passed(server);
  }
  EXPECT_TRUE(trials.asks(server, begin));
}

TEST(ExternalTrials, forget_all_when_the_rules_change) {
  external_trials trials;
  trials.refused(server, begin);
  trials.forget();
  EXPECT_TRUE(trials.asks(server, begin));
  trials.unanswered(server, begin);
  trials.forget();
  EXPECT_FALSE(trials.unanswered(server, begin));
}

TEST(ExternalTrials, tell_servers_apart) {
  external_trials trials;
  trials.refused(server, begin);
  EXPECT_TRUE(trials.asks("192.0.2.2:5269", begin));
  EXPECT_FALSE(trials.unanswered("192.0.2.2:5269", begin));
  trials.passed("192.0.2.3:5269");
  EXPECT_TRUE(trials.unanswered("192.0.2.2:5269", begin));
  trials.forget(server);
  EXPECT_TRUE(trials.asks(server, begin));
  EXPECT_FALSE(trials.asks("192.0.2.2:5269", begin));
}

TEST(ExternalTrials, forget_the_first_of_too_many) {
  external_trials trials;
  const auto number = [](size_t i) { return "192.0.2." + std::to_string(i); };
  for (size_t i = 0; i <= external_trials::most_servers; ++i)
    trials.refused(number(i), begin);
  EXPECT_TRUE(trials.asks(number(0), begin));
  EXPECT_FALSE(trials.asks(number(1), begin));
}

} // namespace
} // namespace fedhub
