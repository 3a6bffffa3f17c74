// What this thread has allocated: for parts that only a library knows the size of.
#pragma once

#include <chrono>
#include <cstdint>

namespace fedhub {

/// @returns octets that the calling thread has allocated, less those that it has freed, since it
/// began; 0 where the program's heap does not tell (it is jemalloc in the release program only).
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

/// Returns the memory that the allocator keeps for the calling thread alone. Each octet of it holds
/// a page of many that could go back to the system, and a thread that waits gives nothing back.
///
/// Belongs to one thread.
class thread_cache {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Between two times. What is returned has to be fetched again, some 0.1 ms of work.
  static constexpr std::chrono::seconds interval{1};
  /// Less than that has gone through the thread's hands: it is not worth it.
  static constexpr uint64_t least = 64 << 10;

  /// Call before the thread waits. Does nothing but compare two times if it is too early.
  void rest(time_point now) {
    if (now - rested_ >= interval)
      give_back(now);
  }

private:
  void give_back(time_point now);

  time_point rested_{};
  uint64_t octets_ = 0; ///< that had been allocated and freed then.
};

} // namespace fedhub
