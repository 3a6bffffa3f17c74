#include "actors/dns/dns_pace.hpp"

#include <deque>

#include <gtest/gtest.h>

namespace fedhub {
namespace {

using std::chrono::milliseconds;

class DnsPace : public testing::Test {
protected:
  /// Sends as many questions as are allowed. @returns their number.
  size_t send(bool urgent = false) {
    size_t count = 0;
    for (; pace.may_send(urgent); ++count)
      sent.push_back(pace.sent(now));
    return count;
  }

  dns_pace pace;
  dns_pace::time_point now{std::chrono::hours{1}};
  std::deque<uint64_t> sent;
};

constexpr size_t urgent = dns_pace::max_unread;
constexpr size_t others = urgent - urgent / dns_pace::urgent_part;

TEST_F(DnsPace, sends_no_more_than_a_server_can_hold_and_keeps_a_part_for_urgent_questions) {
  EXPECT_EQ(send(), others);
  EXPECT_EQ(send(true), urgent - others);
}

TEST_F(DnsPace, takes_an_answer_for_a_sign_that_all_before_it_were_read) {
  send();
  pace.answered(sent[others / 2], now);
  EXPECT_EQ(send(), others / 2 + 1);
  pace.answered(sent[0], now); // changes nothing: a later question was answered already
  EXPECT_EQ(send(), 0u);
}

TEST_F(DnsPace, never_sends_more_to_a_slow_server_than_it_can_hold) {
  for (auto interval : {milliseconds{1}, milliseconds{10}, milliseconds{49}}) {
    for (int answers = 0; answers < 1000; ++answers) {
      send();
      ASSERT_LE(sent.size(), urgent) << interval.count();
      now += interval;
      pace.on_time(now);
      pace.answered(sent.front(), now);
      sent.pop_front();
    }
  }
}

TEST_F(DnsPace, goes_on_after_a_while_where_no_answer_comes) {
  send();
  now += dns_pace::max_silence - milliseconds{1};
  pace.on_time(now);
  EXPECT_EQ(send(), 0u);
  now += milliseconds{1};
  pace.on_time(now);
  EXPECT_EQ(send(), others);
  now += dns_pace::max_silence - milliseconds{1};
  pace.on_time(now);
  EXPECT_EQ(send(), 0u);
}

TEST_F(DnsPace, takes_no_answer_to_a_question_given_up_as_a_sign_of_life) {
  send();
  now += dns_pace::max_silence;
  pace.on_time(now);
  const auto old = sent.size();
  send();
  for (size_t i = 0; i < old; ++i) { // one at each tick, for longer than the time of silence
    now += milliseconds{1};
    pace.answered(sent[i], now);
    pace.on_time(now);
  }
  EXPECT_EQ(send(), others);
}

TEST_F(DnsPace, counts_silence_from_the_first_question_after_a_rest) {
  pace.answered(pace.sent(now), now);
  now += std::chrono::hours{1};
  send();
  pace.on_time(now);
  EXPECT_EQ(send(), 0u);
}

} // namespace
} // namespace fedhub
