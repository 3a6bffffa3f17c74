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
    timespec x;
    clock_gettime(CLOCK_MONOTONIC, &x);
    return x.tv_sec * per_second + x.tv_nsec;
  }

  nanos start_ = monotonic();
};

} // namespace fedhub::load
