// The order of readings of the configuration, any of which may hang.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace fedhub {

/// Decides when to begin a reading, and which result counts. A value: events go in, readings to
/// begin come out.
///
/// Only one reading counts at a time. A request that comes meanwhile is served by another reading
/// after it. If the current reading has taken longer than `usual`, the new one begins at once, and
/// the older one does not count any more. So a reading that hangs blocks no other.
class reading_turns {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using number = uint64_t; ///< of a reading, from 1.

  /// Most readings take some milliseconds; one that exceeds this time may hang.
  static constexpr std::chrono::seconds usual{1};
  /// A reading is given up after this time.
  static constexpr std::chrono::seconds longest{10};

  /// Requests a reading. @returns the reading to begin; nothing if the request has to wait.
  std::optional<number> ask(time_point now) {
    if (current_ && now - begun_ < usual) {
      again_ = true;
      return {};
    }
    return begin(now);
  }

  /// Reports that a reading has ended or could not begin. @returns whether its outcome counts.
  bool ended(number number) {
    if (current_ != number)
      return false;
    current_.reset();
    return true;
  }

  /// Reports that a reading's time is up. @returns whether this gives it up.
  bool overdue(number x) { return ended(x); }

  /// Call after `ended` or `overdue`. @returns the reading to begin for requests that had to wait.
  std::optional<number> next(time_point now) {
    if (current_ || !again_)
      return {};
    return begin(now);
  }

  /// Returns whether there is a reading that counts.
  bool reading() const { return current_.has_value(); }

private:
  number begin(time_point now) {
    again_ = false;
    begun_ = now;
    current_ = ++last_;
    return last_;
  }

  std::optional<number> current_;
  time_point begun_{};
  number last_ = 0;
  bool again_ = false;
};

} // namespace fedhub
