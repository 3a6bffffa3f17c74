// Counts what the test program allocates.
#pragma once

#include <cstddef>

namespace fedhub::test {

/// How often this thread has called `operator new`.
size_t allocations();
/// How many of these it has not given back.
size_t held_allocations();

} // namespace fedhub::test
