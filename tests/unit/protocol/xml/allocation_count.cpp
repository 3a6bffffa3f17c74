// Replaces the program's operator new. It has its own file, since a compiler that can inline the
// replacement elsewhere warns of mismatched new and free.
#include "tests/unit/protocol/xml/allocation_count.hpp"

#include <cstdlib>
#include <new>

namespace {
thread_local size_t count = 0;
thread_local size_t freed = 0;

void give_back(void* p) {
  freed += p != nullptr ? 1 : 0;
  std::free(p);
}
} // namespace

namespace fedhub::test {
size_t allocations() { return count; }
size_t held_allocations() { return count - freed; }
} // namespace fedhub::test

void* operator new(size_t size) {
  ++count;
  if (void* p = std::malloc(size ? size : 1))
    return p;
  throw std::bad_alloc{};
}
void operator delete(void* p) noexcept { give_back(p); }
void operator delete(void* p, size_t) noexcept { give_back(p); }
