// The time of the next attempt, and the cause of the last failure.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <utility>

#include "protocol/errors/failure.hpp"

namespace fedhub {

/// Returns whether DNS has said that the domain has no server. The resolver caches this, so asking
/// again costs nothing, and no back-off follows.
constexpr bool settled_by_dns(failure why) {
  return why == failure::dns_not_found || why == failure::dns_no_service
         || why == failure::address_refused;
}

/// Holds the back-off between attempts to get a stream, and the cause of the last failure. Stanzas
/// that wait for too long are answered with that cause.
///
/// A value; time is a parameter. Belongs to one actor.
class retry_plan {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using milliseconds = std::chrono::milliseconds;

  /// Short, so that a server that restarts is reached again soon.
  static constexpr milliseconds first_wait{1000};
  /// Bounds the time that a stanza waits for the next attempt.
  static constexpr milliseconds longest_wait{30000};
  /// Shorter for a node: the contacts of its users get errors until it is reached again.
  static constexpr milliseconds longest_node_wait{5000};

  /// @param seed for jitter only.
  explicit retry_plan(uint64_t seed = 1) : random_(static_cast<unsigned>(seed)) {}

  // ---- time -----------------------------------------------------------------------------------

  bool may_dial(time_point now) const { return now >= at_; }
  /// Returns when the next attempt may begin.
  time_point at() const { return at_; }
  /// Returns the number of attempts in a row that gave no lasting stream.
  unsigned failures() const { return failures_; }

  /// Plans the next attempt after a failure: `first_wait` later, doubled for each failure in a row,
  /// `longest` at most, then 25 % more or less.
  void put_off(time_point now, milliseconds longest) {
    at_ = now + jittered(std::min(longest, first_wait * (1u << std::min(failures_, 10u))));
    ++failures_;
  }
  /// Lets the next attempt begin at that time at the latest.
  void no_later_than(time_point x) { at_ = std::min(at_, x); }
  /// Lets the next attempt begin at once.
  void at_once(time_point now) { at_ = now; }
  /// Forgets earlier failures, since a stream was of use.
  void succeeded() { failures_ = 0; }

  // ---- cause ----------------------------------------------------------------------------------

  failure why() const { return why_; }
  const std::string& detail() const { return detail_; }
  void note(failure why, std::string detail) {
    why_ = why;
    detail_ = std::move(detail);
  }
  void add_detail(std::string_view x) { detail_ += x; }
  void forget_cause() { note(failure::none, {}); }

private:
  /// Keeps hubs that failed together from coming back together.
  milliseconds jittered(milliseconds time) {
    return milliseconds(
      std::uniform_int_distribution<int64_t>(time.count() * 3 / 4, time.count() * 5 / 4)(random_));
  }

  time_point at_{};
  std::string detail_;
  std::minstd_rand random_;
  unsigned failures_ = 0;
  failure why_ = failure::none;
};

} // namespace fedhub
