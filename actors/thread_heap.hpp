// What this thread has allocated: for parts that only a library knows the size of.
#pragma once

#include <cstdint>

namespace fedhub {

/// @returns octets that the calling thread has allocated, less those that it has freed, since it
/// began; 0 where the program's heap does not tell (it is jemalloc in the release program only).
int64_t thread_heap_octets();

} // namespace fedhub
