// Counts the allocations of the test program.
#pragma once

#include <cstddef>

namespace fedhub::test {

/// Returns how often this thread has called `operator new`.
size_t allocations();
/// Returns how many of these allocations it has not freed.
size_t held_allocations();

} // namespace fedhub::test
