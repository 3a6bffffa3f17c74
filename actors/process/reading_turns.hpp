// Whose turn it is to read the configuration, when reading may take for ever.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace fedhub {

/// Decides when to begin to read, and which result counts. A value: events in, what to begin out.
///
/// One reading counts at a time. A request that comes meanwhile is served by another one after it;
/// if the one under way has not ended for a while, at once, and then the older one counts no more.
/// So a reading that hangs is in nobody's way.
class reading_turns {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using number = uint64_t; ///< of a reading, from 1.

  /// Most take some milliseconds.
  static constexpr std::chrono::seconds usual{1};
  /// After that a reading is given up.
  static constexpr std::chrono::seconds longest{10};

  /// Somebody wants it read. @returns the reading to begin.
  std::optional<number> ask(time_point now) {
    if (current_ && now - begun_ < usual) {
      again_ = true;
      return {};
    }
    return begin(now);
  }

  /// A reading has ended, or could not begin. @returns whether its outcome counts.
  bool ended(number x) {
    if (current_ != x)
      return false;
    current_.reset();
    return true;
  }

  /// The time of a reading is up. @returns whether it is given up by that.
  bool overdue(number x) { return ended(x); }

  /// After `ended` or `overdue`. @returns the reading to begin.
  std::optional<number> next(time_point now) {
    if (current_ || !again_)
      return {};
    return begin(now);
  }

  /// Whether there is one that counts.
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
