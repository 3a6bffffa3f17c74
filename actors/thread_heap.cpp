#include "actors/thread_heap.hpp"

#include <cstddef>

/// jemalloc's, where it is linked (jemalloc(3), thread.allocatedp).
extern "C" __attribute__((weak)) int mallctl(const char* name, void* old_value, size_t* old_size,
                                             void* new_value, size_t new_size);

namespace fedhub {

namespace {

struct counters {
  const uint64_t* allocated = nullptr;
  const uint64_t* freed = nullptr;

  counters() {
    if (mallctl == nullptr)
      return;
    size_t size = sizeof allocated;
    if (mallctl("thread.allocatedp", &allocated, &size, nullptr, 0) != 0
        || mallctl("thread.deallocatedp", &freed, &size, nullptr, 0) != 0)
      allocated = freed = nullptr;
  }
};

} // namespace

int64_t thread_heap_octets() {
  thread_local const counters of_this_thread;
  if (of_this_thread.allocated == nullptr || of_this_thread.freed == nullptr)
    return 0;
  return static_cast<int64_t>(*of_this_thread.allocated - *of_this_thread.freed);
}

} // namespace fedhub
