// Plans when an actor wakes up for deadlines that may be far ahead.
#pragma once

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace fedhub {

/// Plans the delayed messages of an actor whose earliest deadline may become earlier or later. CAF
/// cannot cancel a delayed message, so each new earliest deadline would leave one behind, for as
/// long as a DNS answer is kept, which may be a day. So deadlines are rounded up, by 1 s or 1/8 of
/// the time left. Then at most `most` messages are under way, whatever the deadlines are. A message
/// is planned at least 1 s ahead.
///
/// It has no clock: time is a parameter that never goes back.
class tick_plan {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// The most messages under way at once, for deadlines up to 97 days ahead: 16 for each power of
  /// two.
  static constexpr size_t most = size_t{16} * 23;

  /// Returns when to send a message for `deadline`, the earliest one. Returns nothing if a message
  /// under way comes soon enough.
  std::optional<time_point> plan(time_point deadline, time_point now) {
    const auto at = round_up(std::max(deadline, now + step), deadline - now);
    if (!ticks_.empty() && ticks_.back() <= at)
      return std::nullopt;
    ticks_.push_back(at);
    return at;
  }

  /// Call when a planned message has arrived. Messages arrive in the order of their times.
  void came() {
    if (!ticks_.empty())
      ticks_.pop_back();
  }

  size_t under_way() const { return ticks_.size(); }

private:
  static constexpr std::chrono::seconds step{1};

  static time_point round_up(time_point when, time_point::duration ahead) {
    using std::chrono::seconds;
    const auto left = std::max<int64_t>(std::chrono::duration_cast<seconds>(ahead).count(), 1);
    const auto width = std::max<int64_t>(std::bit_floor(static_cast<uint64_t>(left)) / 8, 1);
    const auto since_epoch = std::chrono::ceil<seconds>(when.time_since_epoch()).count();
    return time_point{seconds{(since_epoch + width - 1) / width * width}};
  }

  std::vector<time_point> ticks_; ///< times of the messages under way, the soonest last.
};

} // namespace fedhub
