// When an actor has to wake up for deadlines that may be far ahead.
#pragma once

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace fedhub {

/// Plans the delayed messages of an actor whose earliest deadline moves both ways. CAF can't cancel
/// a delayed message, so each new earliest deadline would leave one behind: for a day, if that is
/// how long an answer of DNS is kept. Deadlines are rounded up instead, by 1 s or 1/8 of the time
/// that is left, so that few messages are under way (`most`) whatever the deadlines are. A message
/// is planned 1 s ahead or more.
///
/// Knows no clock: time comes as a parameter and never goes back.
class tick_plan {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// The messages that can be under way at once, for deadlines up to 97 days ahead: 16 for each
  /// power of two.
  static constexpr size_t most = size_t{16} * 23;

  /// Returns when to send a message for this deadline, the earliest one. Nothing if one that is
  /// under way comes soon enough.
  std::optional<time_point> plan(time_point deadline, time_point now) {
    const auto at = round_up(std::max(deadline, now + step), deadline - now);
    if (!ticks_.empty() && ticks_.back() <= at)
      return std::nullopt;
    ticks_.push_back(at);
    return at;
  }

  /// Call when a planned message has come: they come in the order of their times.
  void came() {
    if (!ticks_.empty())
      ticks_.pop_back();
  }

  size_t under_way() const { return ticks_.size(); }

private:
  static constexpr std::chrono::seconds step{1};

  static time_point round_up(time_point x, time_point::duration ahead) {
    using std::chrono::seconds;
    const auto left = std::max<int64_t>(std::chrono::duration_cast<seconds>(ahead).count(), 1);
    const auto width = std::max<int64_t>(std::bit_floor(static_cast<uint64_t>(left)) / 8, 1);
    const auto since_epoch = std::chrono::ceil<seconds>(x.time_since_epoch()).count();
    return time_point{seconds{(since_epoch + width - 1) / width * width}};
  }

  std::vector<time_point> ticks_; ///< of the messages under way, the soonest last.
};

} // namespace fedhub
