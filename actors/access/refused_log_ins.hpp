// How many refused log-ins the audit shows.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace fedhub {

/// Lets `most_in_window` refusals a minute into the audit and sums the rest, since strangers cause
/// them. A value; it knows no clock.
class refused_log_ins {
public:
  using time_point = std::chrono::steady_clock::time_point;

  static constexpr uint64_t most_in_window = 10;
  static constexpr std::chrono::minutes window{1};

  /// Counts a refusal. @returns whether it gets a row of its own.
  bool add(time_point now) {
    if (now >= end_ && left_out_ == 0) {
      end_ = now + window;
      count_ = 0;
    }
    if (++count_ <= most_in_window)
      return true;
    ++left_out_;
    return false;
  }

  /// Returns how many the last window left out, once it is over; 0: none, or not yet.
  uint64_t take_sum(time_point now) {
    if (now < end_ || left_out_ == 0)
      return 0;
    const auto sum = left_out_;
    left_out_ = 0;
    return sum;
  }

  /// Returns whether `take_sum` will return something later.
  bool pending() const { return left_out_ > 0; }

private:
  time_point end_ = {};
  uint64_t count_ = 0;
  uint64_t left_out_ = 0;
};

} // namespace fedhub
