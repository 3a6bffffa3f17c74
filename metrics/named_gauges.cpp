#include "metrics/named_gauges.hpp"

#include <utility>

namespace fedhub {

named_gauges::named_gauges(std::string metric, std::string help, std::string label,
                           std::function<double(double)> present)
  : metric_{std::move(metric)}, help_{std::move(help)}, label_{std::move(label)},
    present_(std::move(present)) {}

void named_gauges::declare(std::span<const std::string> names) {
  std::map<std::string, std::optional<double>> values;
  const std::scoped_lock lock{mutex_};
  for (const auto& name : names) {
    const auto known = values_.find(name);
    values.emplace(name, known == values_.end() ? std::nullopt : known->second);
  }
  values_ = std::move(values);
}

std::optional<double> named_gauges::set(const std::string& name, double value) {
  const std::scoped_lock lock{mutex_};
  const auto known = values_.find(name);
  return known != values_.end() ? std::exchange(known->second, value) : value;
}

std::optional<double> named_gauges::value(const std::string& name) const {
  const std::scoped_lock lock{mutex_};
  const auto known = values_.find(name);
  return known != values_.end() ? known->second : std::nullopt;
}

std::vector<prometheus::MetricFamily> named_gauges::Collect() const {
  prometheus::MetricFamily family{metric_, help_, prometheus::MetricType::Gauge, {}};
  const std::scoped_lock lock{mutex_};
  for (const auto& [name, value] : values_) {
    if (!value)
      continue;
    prometheus::ClientMetric metric;
    metric.label.push_back({label_, name});
    metric.gauge.value = present_ ? present_(*value) : *value;
    family.metric.push_back(std::move(metric));
  }
  return {std::move(family)};
}

} // namespace fedhub
