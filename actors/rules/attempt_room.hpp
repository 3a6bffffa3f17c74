// The memory that the attempts of all domains may take.
#pragma once

#include <atomic>
#include <cstdint>

namespace fedhub {

/// The memory that all attempt logs of a hub may hold.
///
/// Thread safety: all of it.
class attempt_room {
public:
  static constexpr int64_t most_octets = 16 << 20;

  /// Takes room for this many octets. @returns false if there is none.
  bool take(int64_t octets) {
    if (held_.fetch_add(octets, std::memory_order_relaxed) + octets <= most_octets)
      return true;
    give_back(octets);
    return false;
  }
  void give_back(int64_t octets) { held_.fetch_sub(octets, std::memory_order_relaxed); }
  int64_t held() const { return held_.load(std::memory_order_relaxed); }

private:
  std::atomic<int64_t> held_{0};
};

} // namespace fedhub
