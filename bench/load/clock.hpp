// The time of a run.
#pragma once

#include <ctime>

#include <cstdint>

namespace fedhub::load {

/// Nanoseconds: a time since the run's start, or a length of time.
using nanos = int64_t;

inline constexpr nanos per_second = 1'000'000'000;
inline constexpr nanos per_millisecond = 1'000'000;

/// CLOCK_MONOTONIC, counted from the clock's construction, so that a time fits into a stamp.
class run_clock {
public:
  nanos now() const { return monotonic() - start_; }

private:
  static nanos monotonic() {
    timespec timespec;
    clock_gettime(CLOCK_MONOTONIC, &timespec);
    return timespec.tv_sec * per_second + timespec.tv_nsec;
  }

  nanos start_ = monotonic();
};

} // namespace fedhub::load
