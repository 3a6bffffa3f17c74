// The numbers that the hub keeps for graphs.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/admin/federation_table.hpp"
#include "metrics/hub_metrics.hpp"
#include "metrics/process_metrics.hpp"
#include "protocol/admin/number_series.hpp"

namespace fedhub {

/// What the numbers are read from.
struct series_source {
  const hub_metrics& metrics;
  std::array<uint64_t, admin::domain_state_count> domains{}; ///< by state.
  process_use process;
};

/// One series of numbers.
struct series_field {
  std::string name;
  std::string_view unit; ///< a static text.
  admin::series_recorder::kind kind;
  std::function<double(const series_source&)> read;
};

/// Returns all series, in the order in which the API lists them. The list never changes.
const std::vector<series_field>& series_fields();

/// Returns the place of the series with this name; nothing if there is none.
std::optional<size_t> find_series(std::string_view name);

/// Returns the value of each series now. NaN: it is not known.
std::vector<double> read_series(const series_source& source);

} // namespace fedhub
