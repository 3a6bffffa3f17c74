#include "actors/domain/attempt_log.hpp"

#include <gmock/gmock.h>

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using admin::attempt_outcome;
using enum admin::attempt_step;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class AttemptLog : public testing::Test {
protected:
  void pass(std::chrono::milliseconds time) { now += time; }
  std::vector<admin::attempt_row> rows() const { return log.rows(now, wall + (now - start)); }
  /// Returns the steps of the attempt that has begun last: "resolve ok 0.5".
  std::vector<std::string> steps() const {
    std::vector<std::string> texts;
    const auto last = log.last(now, wall + (now - start));
    for (const auto& step : last.value().steps) {
      auto text = std::string{to_string(step.step)} + " " + std::string{to_string(step.outcome)};
      if (step.duration_s)
        text += " " + std::to_string(*step.duration_s).substr(0, 3);
      texts.push_back(std::move(text));
    }
    return texts;
  }
  void fail_at(admin::attempt_step step, std::string_view detail = "why") {
    log.step(step, now);
    log.fail(failure::connect_refused, detail, now);
  }

  const std::chrono::steady_clock::time_point start{1h};
  const std::chrono::system_clock::time_point wall{1000h};
  std::chrono::steady_clock::time_point now = start;
  attempt_room room;
  attempt_log log{room};
};

TEST_F(AttemptLog, is_empty_at_first) {
  EXPECT_THAT(rows(), IsEmpty());
  EXPECT_FALSE(log.last(now, wall));
  EXPECT_EQ(room.held(), 0);
}

TEST_F(AttemptLog, shows_each_step_with_its_time) {
  log.begin(now);
  log.step(resolve, now);
  pass(500ms);
  log.step(connect, now);
  pass(200ms);
  log.reached(socket_address::parse("192.0.2.7", 5269).value());
  log.go_on(features, now);
  pass(300ms);
  log.go_on(tls, now);
  pass(1s);
  log.go_on(features, now);
  pass(100ms);
  EXPECT_THAT(steps(), ElementsAre("resolve ok 0.5", "connect ok 0.2", "features ok 0.3",
                                   "tls ok 1.0", "features "));
  log.go_on(authentication, now);
  pass(400ms);
  log.succeed(now);
  pass(1h);
  const auto row = rows().at(0);
  EXPECT_EQ(row.outcome, attempt_outcome::ok);
  EXPECT_EQ(row.target, "192.0.2.7:5269");
  EXPECT_EQ(row.started, wall);
  EXPECT_NEAR(std::chrono::duration<double>(row.ended.value() - wall).count(), 2.5, 1e-3);
  EXPECT_NEAR(std::chrono::duration<double>(row.steps.at(5).started - wall).count(), 2.1, 1e-3);
  EXPECT_EQ(steps().back(), "authentication ok 0.4");
}

TEST_F(AttemptLog, shows_the_step_that_failed_and_why) {
  log.step(resolve, now);
  log.step(connect, now);
  pass(100ms);
  log.fail(failure::connect_refused, "192.0.2.7:5269: Connection refused", now);
  EXPECT_THAT(steps(), ElementsAre("resolve ok 0.0", "connect failed 0.1"));
  const auto row = rows().at(0);
  EXPECT_EQ(row.outcome, attempt_outcome::failed);
  EXPECT_EQ(row.why, failure::connect_refused);
  EXPECT_EQ(row.detail, "192.0.2.7:5269: Connection refused");
  EXPECT_EQ(row.target, "");
}

TEST_F(AttemptLog, shows_an_attempt_that_is_denied_before_its_first_step) {
  log.begin(now);
  log.fail(failure::domain_denied, {}, now);
  EXPECT_THAT(steps(), IsEmpty());
  EXPECT_EQ(rows().at(0).why, failure::domain_denied);
}

TEST_F(AttemptLog, ignores_what_comes_after_the_end) {
  fail_at(connect);
  log.go_on(tls, now);
  log.reached(socket_address::parse("192.0.2.7", 5269).value());
  log.succeed(now);
  log.abandon(now);
  log.fail(failure::dns_not_found, "later", now);
  EXPECT_THAT(rows(), SizeIs(1));
  EXPECT_THAT(steps(), ElementsAre("connect failed 0.0"));
  EXPECT_EQ(rows().at(0).why, failure::connect_refused);
}

TEST_F(AttemptLog, forgets_an_attempt_that_begins_again_before_it_has_a_server) {
  log.begin(now);
  log.step(resolve, now);
  log.begin(now);
  log.step(resolve, now);
  EXPECT_THAT(rows(), SizeIs(1));
}

TEST_F(AttemptLog, keeps_an_attempt_that_was_abandoned_unless_it_took_no_step) {
  log.begin(now);
  log.abandon(now);
  EXPECT_THAT(rows(), IsEmpty());
  EXPECT_EQ(room.held(), 0);
  log.step(resolve, now);
  log.step(connect, now);
  log.reached(socket_address::parse("192.0.2.7", 5269).value());
  log.begin(now);
  log.step(resolve, now);
  ASSERT_THAT(rows(), SizeIs(2));
  EXPECT_EQ(rows().at(1).outcome, attempt_outcome::abandoned);
}

TEST_F(AttemptLog, keeps_the_last_ones_newest_first) {
  for (size_t i = 0; i < attempt_log::most + 5; ++i)
    fail_at(connect, "attempt " + std::to_string(i));
  ASSERT_THAT(rows(), SizeIs(attempt_log::most));
  EXPECT_EQ(rows().front().detail, "attempt 24");
  EXPECT_EQ(rows().back().detail, "attempt 5");
}

TEST_F(AttemptLog, keeps_the_first_steps_of_an_attempt_with_too_many) {
  for (size_t i = 0; i < attempt_log::most_steps + 3; ++i)
    log.step(features, now);
  EXPECT_THAT(steps(), SizeIs(attempt_log::most_steps));
  log.fail(failure::stream_timeout, {}, now);
  EXPECT_EQ(steps().back(), "features failed 0.0");
}

TEST_F(AttemptLog, cuts_a_long_detail) {
  fail_at(connect, std::string(10'000, 'x'));
  EXPECT_THAT(rows().at(0).detail, SizeIs(attempt_log::most_detail));
}

TEST_F(AttemptLog, pushes_out_its_own_oldest_attempt_while_there_is_no_room) {
  fail_at(connect, "first");
  ASSERT_TRUE(room.take(attempt_room::most_octets - room.held()));
  fail_at(resolve, "second");
  ASSERT_THAT(rows(), SizeIs(1));
  EXPECT_THAT(steps(), ElementsAre("resolve failed 0.0"));
  attempt_log another{room};
  another.step(resolve, now);
  another.fail(failure::dns_not_found, "none", now);
  EXPECT_FALSE(another.last(now, wall));
}

TEST_F(AttemptLog, gives_all_room_back_at_its_end) {
  {
    attempt_log another{room};
    for (size_t i = 0; i < 30; ++i) {
      another.step(connect, now);
      another.fail(failure::connect_refused, std::string(i, 'x'), now);
    }
    EXPECT_GT(room.held(), 0);
  }
  EXPECT_EQ(room.held(), 0);
}

} // namespace
} // namespace fedhub
