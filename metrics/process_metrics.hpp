// What the operating system knows of this process.
#pragma once

#include <vector>

#include <prometheus/metric_family.h>

namespace fedhub {

/// The `process_*` metrics that Prometheus clients of every language share, read from /proc/self
/// each time, and the number of threads. One that the system does not give is left out.
std::vector<prometheus::MetricFamily> collect_process_metrics();

} // namespace fedhub
