// What this thread has allocated: for parts that only a library knows the size of.
#pragma once

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

} // namespace fedhub
