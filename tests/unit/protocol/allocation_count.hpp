// Counts what the test program allocates.
#pragma once

#include <cstddef>

namespace fedhub::test {

/// How often this thread has called `operator new`.
size_t allocations();

} // namespace fedhub::test
