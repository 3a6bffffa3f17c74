// The operating system's figures about this process.
#pragma once

#include <vector>

#include <prometheus/metric_family.h>

namespace fedhub {

/// Returns the `process_*` metrics that Prometheus clients of all languages share, read from
/// /proc/self at each call, and the number of threads. A figure that the system does not give is
/// left out.
std::vector<prometheus::MetricFamily> collect_process_metrics();

} // namespace fedhub
