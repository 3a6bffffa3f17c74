// Numbers over time, for graphs of the last hour and day.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fedhub::admin {

/// Holds the values of several series: the last hour in steps of 10 s, and the last day in steps of
/// 5 minutes, which are the means of the former. Steps begin at multiples of their length since
/// 1970. A step for which nothing is known has no value.
///
/// It takes 2.6 KB for each series, however long it is used. A value; time is a parameter.
class number_series {
public:
  using time = std::chrono::sys_seconds;
  using seconds = std::chrono::seconds;

  static constexpr seconds fine_step{10};
  static constexpr seconds coarse_step{300};
  static constexpr std::chrono::hours fine_length{1};
  static constexpr std::chrono::hours coarse_length{24};
  /// The steps that `read` offers. Those below `coarse_step` go back for `fine_length`, the others
  /// for `coarse_length`.
  static constexpr seconds steps[] = {seconds{10},  seconds{30},   seconds{60},  seconds{300},
                                      seconds{900}, seconds{1800}, seconds{3600}};

  explicit number_series(size_t count);

  /// Stores one value for each series, for the step of 10 s that begins at `begin`. Steps in
  /// between for which this was not called stay without values. If `begin` lies before an earlier
  /// step, the clock was set back, and all earlier values are forgotten.
  /// @param values not finite: not known.
  void note(time begin, std::span<const double> values);

  struct stretch {
    time since; ///< the begin of the first step.
    std::vector<std::optional<double>> values;
  };
  /// Returns the means for steps of this length that are over, from the one that has `since` on, or
  /// from the oldest one. @pre `step` is one of `steps`, and `series` less than the count.
  stretch read(size_t series, time since, seconds step) const;

private:
  /// The last steps of one length. A step's number is its begin divided by its length.
  class ring {
  public:
    ring(seconds step, std::chrono::hours length, size_t count);
    void clear();
    /// Makes room for the step, and forgets the oldest ones.
    void advance(int64_t to);
    void set(int64_t number, size_t series, double value);
    double at(int64_t number, size_t series) const;
    int64_t begin() const { return end_ - size_; }
    int64_t end() const { return end_; }
    seconds step() const { return step_; }

  private:
    size_t place(int64_t number, size_t series) const;

    seconds step_;
    int64_t size_;
    size_t count_;
    int64_t end_ = 0; ///< the number after the newest step; 0: there is none.
    std::vector<float> values_;
  };
  /// Returns the mean of a series' values in these steps; NaN if there is none.
  static double mean(const ring& of, size_t series, int64_t from, int64_t to);

  size_t count_;
  ring fine_;
  ring coarse_;
};

/// Makes series of totals that are looked at every few seconds.
///
/// A value; time is a parameter.
class series_recorder {
public:
  enum class kind : uint8_t {
    gauge, ///< its value at the end of a step is the step's.
    rate,  ///< a counter; a step's value is its growth in a second.
  };

  /// @param kinds of each series.
  explicit series_recorder(std::vector<kind> kinds);

  /// Returns whether `note` would end a step, and so needs the totals.
  bool is_due(number_series::time wall) const;
  /// Takes the totals. Nothing is stored for a time in which this was not called.
  /// @param totals not finite: not known.
  void note(std::span<const double> totals, std::chrono::steady_clock::time_point now,
            number_series::time wall);

  const number_series& series() const { return series_; }

private:
  /// A counter's growth within a longer time says nothing about one step.
  static constexpr std::chrono::seconds longest_step{20};

  std::vector<kind> kinds_;
  number_series series_;
  std::vector<double> last_; ///< the totals at `at_`; empty: there were none.
  std::chrono::steady_clock::time_point at_;
  number_series::time step_; ///< the begin of the step under way.
};

/// The answer to `GET series`.
struct series_row {
  std::string_view name;
  std::string_view unit;
  std::chrono::seconds step{};
  number_series::stretch stretch;
};

/// Returns a JSON object. A value that is not known is null.
std::string json_of(const series_row& row);

} // namespace fedhub::admin
