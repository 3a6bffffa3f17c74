// The operating system's figures about this process.
#pragma once

#include <optional>
#include <vector>

#include <prometheus/metric_family.h>

namespace fedhub {

/// Returns the `process_*` metrics that Prometheus clients of all languages share, read from
/// /proc/self at each call, and the number of threads. A figure that the system does not give is
/// left out.
std::vector<prometheus::MetricFamily> collect_process_metrics();

/// What the process uses; nothing: the system does not say.
struct process_use {
  std::optional<double> cpu_seconds;   ///< user and system.
  std::optional<double> memory_octets; ///< in RAM.
};
/// Returns two of these figures. Any thread.
process_use read_process_use();

} // namespace fedhub
