#include "metrics/heap_metrics.hpp"

#include <cstddef>

/// The function of jemalloc, if it is linked. The program has it; tests and sanitizers have other
/// heaps.
extern "C" __attribute__((weak)) int mallctl(const char* name, void* old_value, size_t* old_size,
                                             void* new_value, size_t new_size);

namespace fedhub {

std::optional<uint64_t> allocated_octets() {
  if (mallctl == nullptr)
    return std::nullopt;
  // jemalloc's figures date from the last time that this was written.
  uint64_t epoch = 1;
  size_t size = sizeof epoch;
  mallctl("epoch", &epoch, &size, &epoch, size);
  size_t allocated = 0;
  size = sizeof allocated;
  if (mallctl("stats.allocated", &allocated, &size, nullptr, 0) != 0)
    return std::nullopt;
  return allocated;
}

std::vector<prometheus::MetricFamily> collect_heap_metrics() {
  const auto octets = allocated_octets();
  if (!octets)
    return {};
  prometheus::ClientMetric metric;
  metric.gauge.value = static_cast<double>(*octets);
  return {{"fedhub_heap_allocated_bytes",
           "Memory that the hub has allocated, as its allocator counts it.",
           prometheus::MetricType::Gauge,
           {std::move(metric)}}};
}

} // namespace fedhub
