// One gauge for each object that the configuration names: certificates, nodes.
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

/// One gauge per name. The configuration gives the names, so a reload may change them.
///
/// Thread safety: all calls, by a mutex. Not for code that runs often.
class named_gauges final : public prometheus::Collectable {
public:
  /// @param label the label that carries the name.
  /// @param present converts a stored value into the exported one at each scrape; if empty, the
  /// stored value is exported.
  named_gauges(std::string metric, std::string help, std::string label,
               std::function<double(double)> present = {});

  /// Sets the names. Removes the series of other names. A new name has no series until it is set.
  void declare(std::span<const std::string> names);

  /// Sets the gauge of a name. Ignores a name that is not declared, so a late update does not bring
  /// back a series that a reload removed.
  /// @returns the former value; nothing if it was never set. For an ignored name, `value`.
  std::optional<double> set(const std::string& name, double value);

  /// Returns the stored value of a name; nothing if it is not declared or was never set.
  std::optional<double> value(const std::string& name) const;

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
