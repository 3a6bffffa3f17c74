// A gauge for each of the things that the configuration names: certificates, nodes.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

namespace fedhub {

/// One gauge per name. The set of names is the configuration's, and may change by a reload.
///
/// Thread safety: all of it, by a mutex; not for hot paths.
class named_gauges final : public prometheus::Collectable {
public:
  /// @param label   the label that carries the name.
  /// @param present turns a stored value into the one to show, each time the metrics are read;
  /// none: as it is.
  named_gauges(std::string metric, std::string help, std::string label,
               std::function<double(double)> present = {});

  /// Says which names there are from now on. Others go with their series; new ones show nothing
  /// until they are set.
  void declare(std::span<const std::string> names);

  /// No effect on a name that is not declared: a late word about something that a reload removed
  /// does not bring it back.
  void set(const std::string& name, double value);

  std::vector<prometheus::MetricFamily> Collect() const override;

private:
  const std::string metric_;
  const std::string help_;
  const std::string label_;
  const std::function<double(double)> present_;
  mutable std::mutex mutex_;
  std::map<std::string, std::optional<double>> values_;
};

} // namespace fedhub
