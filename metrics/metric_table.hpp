// The time series of one metric, found by enum values instead of label texts.
#pragma once

#include <array>
#include <cassert>
#include <cstddef>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>

#include "metrics/labels.hpp"

namespace fedhub {

/// A label of a metric: its name, and the names of its values. Values with the same name share one
/// time series.
template <class Enum>
struct label_axis {
  std::string_view name;
  std::string_view (*value)(Enum) = [](Enum x) { return to_string(x); };
};

/// The time series of a family for each combination of label values. They are made by the
/// constructor and never removed. A lookup is an addition, so counting costs one atomic operation.
/// Count a batch with one `Increment(n)`.
///
/// Thread safety: all calls. The metrics are atomic, and the table does not change.
template <class Metric, class... Enums>
class metric_table {
  static_assert(((label_count<Enums> > 0) && ...), "a label's enum needs a label_count");

public:
  /// @param family outlives the table.
  /// @param args for the constructor of each metric, e.g. bucket boundaries.
  template <class... Args>
  metric_table(prometheus::Family<Metric>& family, const label_axis<Enums>&... axes,
               const Args&... args) {
    fill(family, std::tie(axes...), std::index_sequence_for<Enums...>{}, args...);
  }

  /// Returns the metric for these values. @pre each value is an enumerator.
  Metric& at(Enums... xs) const {
    const size_t i = index_of(xs...);
    assert(i < size);
    return *cells_[i];
  }

private:
  static constexpr size_t size = (label_count<Enums> * ...);

  static constexpr size_t index_of(Enums... xs) {
    size_t i = 0;
    ((i = i * label_count<Enums> + static_cast<size_t>(xs)), ...);
    return i;
  }

  /// Returns the value of each enum in cell `i`: the reverse of `index_of`.
  static std::tuple<Enums...> values_of(size_t i) {
    std::array<size_t, sizeof...(Enums)> digits{};
    constexpr std::array<size_t, sizeof...(Enums)> counts{label_count<Enums>...};
    for (size_t k = counts.size(); k-- > 0; i /= counts[k])
      digits[k] = i % counts[k];
    return [&]<size_t... K>(std::index_sequence<K...>) {
      return std::tuple<Enums...>{static_cast<Enums>(digits[K])...};
    }
    (std::index_sequence_for<Enums...>{});
  }

  template <class Axes, size_t... K, class... Args>
  void fill(prometheus::Family<Metric>& family, const Axes& axes, std::index_sequence<K...>,
            const Args&... args) {
    for (size_t i = 0; i < size; ++i) {
      const auto values = values_of(i);
      prometheus::Labels labels;
      (labels.emplace(std::get<K>(axes).name, std::get<K>(axes).value(std::get<K>(values))), ...);
      // Returns the existing one if there is one with these labels.
      cells_[i] = &family.Add(labels, args...);
    }
  }

  std::array<Metric*, size> cells_{};
};

template <class... Enums>
using counter_by = metric_table<prometheus::Counter, Enums...>;
template <class... Enums>
using gauge_by = metric_table<prometheus::Gauge, Enums...>;
template <class... Enums>
using histogram_by = metric_table<prometheus::Histogram, Enums...>;

} // namespace fedhub
