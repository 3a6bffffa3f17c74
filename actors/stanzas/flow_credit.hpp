// Back-pressure: bounds how much of a stream's input is on its way through the hub.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

namespace fedhub {

/// Counts the octets that a source stream has read and no destination has released yet. The source
/// stops reading when they exceed its window. The release that brings them back to half of the
/// window wakes the source, once.
///
/// Thread safety: only the source's actor calls `pause`; any thread may make the other calls. To
/// move octets to another credit, charge them there before you release them here.
class flow_credit {
public:
  /// @param window in octets.
  /// @param resume called by a releasing thread, at most once per successful `pause`.
  flow_credit(int64_t window, std::function<void()> resume)
    : window_(window), resume_(std::move(resume)) {}

  void charge(int64_t octets) { in_flight_.fetch_add(octets, std::memory_order_relaxed); }

  void release(int64_t octets) {
    // seq_cst as in `pause`: either this thread sees `paused_`, or the pausing thread sees the
    // release.
    if (in_flight_.fetch_sub(octets) - octets <= window_ / 2 && paused_.load()
        && paused_.exchange(false))
      resume_();
  }

  bool exhausted() const { return in_flight_.load(std::memory_order_relaxed) > window_; }

  /// Asks to be woken. @returns false if enough was released meanwhile: then read on, since
  /// `resume` will not be called.
  bool pause() {
    paused_.store(true);
    if (in_flight_.load() > window_ / 2)
      return true;
    return !paused_.exchange(false); // if already false, `resume` was or will be called
  }

  int64_t in_flight() const { return in_flight_.load(std::memory_order_relaxed); }

private:
  const int64_t window_;
  std::function<void()> resume_;
  std::atomic<int64_t> in_flight_{0};
  std::atomic<bool> paused_{false};
};

} // namespace fedhub
