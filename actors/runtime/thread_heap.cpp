#include "actors/runtime/thread_heap.hpp"

#include <cstddef>

/// The function of jemalloc, if it is linked (jemalloc(3), thread.allocatedp).
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

  bool known() const { return allocated != nullptr && freed != nullptr; }
};

const counters& of_this_thread() {
  thread_local const counters result;
  return result;
}

} // namespace

int64_t thread_heap_octets() {
  const auto& mine = of_this_thread();
  return mine.known() ? static_cast<int64_t>(*mine.allocated - *mine.freed) : 0;
}

void thread_cache::give_back(time_point now) {
  released_at_ = now;
  const auto& mine = of_this_thread();
  if (!mine.known() || *mine.allocated + *mine.freed - octets_ < least)
    return;
  mallctl("thread.tcache.flush", nullptr, nullptr, nullptr, 0);
  octets_ = *mine.allocated + *mine.freed;
}

} // namespace fedhub
