// Measures what a thread allocates, for objects whose size only a library knows.
#pragma once

#include <chrono>
#include <cstdint>

namespace fedhub {

/// Returns the octets that the calling thread has allocated since it began, less those that it has
/// freed. Returns 0 if the program's heap does not report it. The heap is jemalloc only in the
/// release program.
int64_t thread_heap_octets();

/// Adds to a sum what the thread allocates while the object exists, less what it frees.
class heap_meter {
public:
  /// @param sum outlives the object.
  explicit heap_meter(int64_t& sum) : sum_(sum), before_(thread_heap_octets()) {}
  heap_meter(const heap_meter&) = delete;
  heap_meter& operator=(const heap_meter&) = delete;
  ~heap_meter() { sum_ += thread_heap_octets() - before_; }

private:
  int64_t& sum_;
  int64_t before_;
};

/// Releases the memory that the allocator caches for the calling thread. Each cached octet may keep
/// a page of many that could go back to the system, and a waiting thread releases nothing by
/// itself.
///
/// Belongs to one thread.
class thread_cache {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// The least time between two releases. Fetching the memory again costs about 0.1 ms.
  static constexpr std::chrono::seconds interval{1};
  /// With fewer octets allocated and freed since the last release, it is not worth the work.
  static constexpr uint64_t least = 64 << 10;

  /// Call before the thread waits. If it is too early, it only compares two times.
  void before_wait(time_point now) {
    if (now - released_at_ >= interval)
      give_back(now);
  }

private:
  void give_back(time_point now);

  time_point released_at_{};
  uint64_t octets_ = 0; ///< allocated and freed until the last release.
};

} // namespace fedhub
