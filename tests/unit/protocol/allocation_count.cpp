// Replaces the program's operator new. In a file of its own, since a compiler that sees through the
// replacement elsewhere takes new and free for mismatched.
#include "allocation_count.hpp"

#include <cstdlib>
#include <new>

namespace {
thread_local size_t count = 0;
} // namespace

namespace fedhub::test {
size_t allocations() { return count; }
} // namespace fedhub::test

void* operator new(size_t size) {
  ++count;
  if (void* p = std::malloc(size ? size : 1))
    return p;
  throw std::bad_alloc{};
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, size_t) noexcept { std::free(p); }
