// The figures of the program's allocator about its heap.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <prometheus/metric_family.h>

namespace fedhub {

/// Returns the octets of all allocations of the process, rounded up to the allocator's size
/// classes: jemalloc's `stats.allocated`, updated by this call. Nothing if another allocator is
/// linked. Any thread may call it.
std::optional<uint64_t> allocated_octets();

/// Returns the metric `fedhub_heap_allocated_bytes`; nothing if the allocator does not report it.
std::vector<prometheus::MetricFamily> collect_heap_metrics();

} // namespace fedhub
