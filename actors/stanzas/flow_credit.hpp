// Back-pressure: how much of a stream's input may be on its way through the hub.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

namespace fedhub {

/// Counts the octets that a source stream has read and that no destination has let go of yet. The
/// source stops reading when they pass its window; whoever releases the octets that bring them back
/// to half of it wakes the source once.
///
/// Thread safety: `pause` belongs to the source's actor; the rest may be called by any thread. Who
/// moves octets elsewhere charges them there before he releases them here.
class flow_credit {
public:
  /// @param window octets; @param resume called by a releasing thread, at most once per successful
  /// `pause`.
  flow_credit(int64_t window, std::function<void()> resume)
    : window_(window), resume_(std::move(resume)) {}

  void charge(int64_t octets) { in_flight_.fetch_add(octets, std::memory_order_relaxed); }

  void release(int64_t octets) {
    // seq_cst with `pause`: either this thread sees `paused_`, or the pausing one sees the octets
    // gone.
    if (in_flight_.fetch_sub(octets) - octets <= window_ / 2 && paused_.load()
        && paused_.exchange(false))
      resume_();
  }

  bool exhausted() const { return in_flight_.load(std::memory_order_relaxed) > window_; }

  /// Asks to be woken. @returns false if enough was released meanwhile: read on, nobody will call
  /// `resume`.
  bool pause() {
    paused_.store(true);
    if (in_flight_.load() > window_ / 2)
      return true;
    return !paused_.exchange(false); // lost the race: `resume` was or will be called
  }

  int64_t in_flight() const { return in_flight_.load(std::memory_order_relaxed); }

private:
  const int64_t window_;
  std::function<void()> resume_;
  std::atomic<int64_t> in_flight_{0};
  std::atomic<bool> paused_{false};
};

} // namespace fedhub
