#include "actors/log/log_limiter.hpp"

#include <numeric>
#include <thread>

#include <gmock/gmock.h>

#include "actors/log/log.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using verdict = log_limiter::verdict;

constexpr log_kind opened{log_module::stream_in, "connections"};
constexpr log_kind closed{log_module::stream_in, "closed streams"};
constexpr auto info = spdlog::level::info;
constexpr auto warn = spdlog::level::warn;

class LogLimiter : public testing::Test {
protected:
  /// @returns how many of `n` lines are written.
  int lines(int n, const log_kind& kind, const std::string& peer,
            spdlog::level::level_enum level = info) {
    int written = 0;
    for (int i = 0; i < n; ++i)
      written += limiter.admit(kind, peer, level, now) == verdict::write;
    return written;
  }
  std::vector<std::string> reports() {
    std::vector<std::string> result;
    for (auto& x : limiter.take_reports())
      result.push_back(std::string(x.kind.text) + "/" + x.peer + "/" + std::to_string(x.count));
    return result;
  }

  log_limiter limiter{{.lines = 20, .lines_each = 5, .octets = 10000}};
  log_limiter::time_point now{1h};
};

TEST_F(LogLimiter, writes_some_lines_of_a_kind_and_peer_a_second_and_counts_the_others) {
  EXPECT_EQ(lines(9, opened, "a"), 5);
  EXPECT_EQ(lines(6, closed, "a"), 5); // another kind
  EXPECT_EQ(lines(3, opened, "b"), 3); // another peer
  EXPECT_THAT(reports(), ElementsAre("connections/a/4", "closed streams/a/1"));
  EXPECT_THAT(reports(), IsEmpty());
  now += 999ms;
  EXPECT_EQ(lines(1, opened, "a"), 0);
  now += 1ms;
  EXPECT_EQ(lines(9, opened, "a"), 5);
}

TEST_F(LogLimiter, writes_no_more_lines_of_all_kinds_and_peers_together) {
  int written = 0;
  for (int i = 0; i < 1000; ++i)
    written += lines(2, opened, std::to_string(i));
  EXPECT_EQ(written, 20);
  now += 1s;
  EXPECT_EQ(lines(5, opened, "other"), 5);
}

TEST_F(LogLimiter, writes_no_more_octets_over_any_longer_time) {
  uint64_t octets = 0;
  for (int second = 0; second < 60; ++second, now += 1s)
    for (int peer = 0; peer < 20; ++peer)
      if (lines(1, opened, std::to_string(peer)) != 0) {
        limiter.charge(3000); // octets above the budget count against the next time
        octets += 3000;
      }
  EXPECT_LE(octets, 61u * 10000);
  EXPECT_GE(octets, 59u * 10000);
}

TEST_F(LogLimiter, asks_for_a_report_once) {
  lines(5, opened, "a");
  EXPECT_EQ(limiter.admit(opened, "a", info, now), verdict::leave_out_first);
  EXPECT_EQ(limiter.admit(opened, "a", info, now), verdict::leave_out);
  limiter.take_reports();
  EXPECT_EQ(limiter.admit(opened, "a", info, now), verdict::leave_out_first);
}

TEST_F(LogLimiter, counts_over_several_seconds_until_it_is_asked) {
  for (int i = 0; i < 3; ++i, now += 1s)
    lines(7, opened, "a");
  EXPECT_THAT(reports(), ElementsAre("connections/a/6"));
}

TEST_F(LogLimiter, reports_the_highest_level) {
  lines(6, opened, "a");
  lines(1, opened, "a", warn);
  EXPECT_EQ(limiter.take_reports().at(0).level, warn);
  lines(1, opened, "a");
  EXPECT_EQ(limiter.take_reports().at(0).level, info);
}

TEST_F(LogLimiter, reports_few_rows_and_all_others_together) {
  for (int i = 0; i < 100; ++i)
    lines(i == 50 ? 1000 : 10, opened, std::to_string(i));
  const auto rows = limiter.take_reports();
  ASSERT_THAT(rows, SizeIs(log_limiter::max_rows + 1));
  EXPECT_EQ(rows.front().peer, "50");
  EXPECT_TRUE(rows.back().kind.text.empty());
  const auto left_out = std::accumulate(rows.begin(), rows.end(), uint64_t{0},
                                        [](uint64_t n, auto& x) { return n + x.count; });
  EXPECT_EQ(left_out, 99u * 10 + 1000 - 20);
}

TEST_F(LogLimiter, remembers_no_more_than_it_could_write_for_long) {
  uint64_t all = 0;
  uint64_t written = 0;
  for (int i = 0; i < 100'000; ++i, ++all)
    written += static_cast<uint64_t>(lines(1, opened, std::to_string(i)));
  EXPECT_LE(limiter.remembered(), 256u);
  uint64_t left_out = 0;
  for (auto& x : limiter.take_reports())
    left_out += x.count;
  EXPECT_EQ(left_out, all - written);
  now += 1s;
  lines(1, opened, "a");
  EXPECT_EQ(limiter.remembered(), 1u);
}

TEST_F(LogLimiter, keeps_little_of_a_long_name) {
  const std::string name(5000, 'x');
  lines(6, opened, name);
  EXPECT_THAT(reports(), ElementsAre("connections/" + name.substr(0, 64) + "/1"));
}

TEST_F(LogLimiter, goes_by_a_new_budget_at_once) {
  lines(5, opened, "a");
  limiter.budget({.lines = 100, .lines_each = 50, .octets = 10000});
  EXPECT_EQ(lines(100, opened, "a"), 45);
}

TEST_F(LogLimiter, loses_no_line_between_threads) {
  constexpr int threads = 4, each = 5000;
  std::atomic<uint64_t> written{0};
  std::vector<std::thread> all;
  for (int t = 0; t < threads; ++t)
    all.emplace_back([&, t] {
      for (int i = 0; i < each; ++i)
        if (limiter.admit(opened, std::to_string(t + i % 3), info, now + i * 1ms)
            == verdict::write) {
          limiter.charge(10);
          ++written;
        }
    });
  uint64_t left_out = 0;
  const auto take = [&] {
    for (auto& x : limiter.take_reports())
      left_out += x.count;
  };
  for (int i = 0; i < 100; ++i)
    take();
  for (auto& x : all)
    x.join();
  take();
  EXPECT_EQ(written + left_out, uint64_t{threads} * each);
}

} // namespace
} // namespace fedhub
