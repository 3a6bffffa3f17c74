// What the program's allocator knows of its heap.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <prometheus/metric_family.h>

namespace fedhub {

/// Returns the octets of all allocations of the process, rounded up to the allocator's classes:
/// jemalloc's `stats.allocated`, brought up to date first. None where another allocator is linked.
/// Any thread.
std::optional<uint64_t> allocated_octets();

/// The metric `fedhub_heap_allocated_bytes`; nothing where the allocator does not tell.
std::vector<prometheus::MetricFamily> collect_heap_metrics();

} // namespace fedhub
