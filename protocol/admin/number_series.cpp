#include "protocol/admin/number_series.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <nlohmann/json.hpp>

#include "protocol/admin/time_text.hpp"

namespace fedhub::admin {

namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
/// The digits that a graph can show. `float` has about seven.
constexpr int shown_digits = 6;

int64_t number_of(number_series::time at, std::chrono::seconds step) {
  return std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count() / step.count();
}

number_series::time begin_of(int64_t number, std::chrono::seconds step) {
  return number_series::time{number * step};
}

/// Returns the number with `shown_digits` digits.
double rounded_for_graphs(double value) {
  if (value == 0)
    return 0;
  const auto scale =
    std::pow(10.0, shown_digits - 1 - static_cast<int>(std::floor(std::log10(std::abs(value)))));
  return std::round(value * scale) / scale;
}

} // namespace

// ---- a ring ------------------------------------------------------------------------------------

number_series::ring::ring(seconds step, std::chrono::hours length, size_t count)
  : step_{step}, size_{length / step}, count_{count} {
  clear();
}

void number_series::ring::clear() {
  end_ = 0;
  values_.assign(static_cast<size_t>(size_) * count_, static_cast<float>(unknown));
}

size_t number_series::ring::place(int64_t number, size_t series) const {
  return static_cast<size_t>(number % size_) * count_ + series;
}

void number_series::ring::advance(int64_t to) {
  if (to < end_)
    return;
  for (auto number = std::max(end_, to + 1 - size_); number <= to; ++number)
    for (size_t series = 0; series < count_; ++series)
      set(number, series, unknown);
  end_ = to + 1;
}

void number_series::ring::set(int64_t number, size_t series, double value) {
  values_[place(number, series)] = static_cast<float>(value);
}

double number_series::ring::at(int64_t number, size_t series) const {
  return number < begin() || number >= end_ ? unknown : values_[place(number, series)];
}

// ---- the series --------------------------------------------------------------------------------

number_series::number_series(size_t count)
  : count_{count}, fine_{fine_step, fine_length, count}, coarse_{coarse_step, coarse_length,
                                                                 count} {}

double number_series::mean(const ring& of, size_t series, int64_t from, int64_t to) {
  double sum = 0;
  int known = 0;
  for (auto number = std::max(from, of.begin()); number < std::min(to, of.end()); ++number)
    if (const auto value = of.at(number, series); std::isfinite(value)) {
      sum += value;
      ++known;
    }
  return known == 0 ? unknown : sum / known;
}

void number_series::note(time begin, std::span<const double> values) {
  const auto number = number_of(begin, fine_step);
  if (number + 1 < fine_.end()) {
    fine_.clear();
    coarse_.clear();
  }
  fine_.advance(number);
  for (size_t series = 0; series < std::min(count_, values.size()); ++series)
    fine_.set(number, series, values[series]);
  constexpr auto parts = coarse_step / fine_step;
  const auto coarse = number / parts;
  coarse_.advance(coarse);
  for (size_t series = 0; series < count_; ++series)
    coarse_.set(coarse, series, mean(fine_, series, coarse * parts, (coarse + 1) * parts));
}

number_series::stretch number_series::read(size_t series, time since, seconds step) const {
  const auto& source = step < coarse_step ? fine_ : coarse_;
  if (fine_.end() == 0)
    return {begin_of(number_of(since, step), step), {}};
  // The newest of the coarse steps may be under way.
  const auto over = begin_of(fine_.end(), fine_step);
  const auto parts = step / source.step();
  const auto end = number_of(over, step);
  const auto oldest = (source.begin() + parts - 1) / parts;
  const auto first = std::clamp(number_of(since, step), std::min(oldest, end), end);
  stretch found{begin_of(first, step), {}};
  found.values.reserve(static_cast<size_t>(end - first));
  for (auto number = first; number < end; ++number) {
    const auto value = mean(source, series, number * parts, (number + 1) * parts);
    found.values.push_back(std::isfinite(value) ? std::optional{value} : std::nullopt);
  }
  return found;
}

// ---- the recorder ------------------------------------------------------------------------------

series_recorder::series_recorder(std::vector<kind> kinds)
  : kinds_{std::move(kinds)}, series_{kinds_.size()} {}

bool series_recorder::is_due(number_series::time wall) const {
  return last_.empty()
         || begin_of(number_of(wall, number_series::fine_step), number_series::fine_step) != step_;
}

void series_recorder::note(std::span<const double> totals,
                           std::chrono::steady_clock::time_point now, number_series::time wall) {
  if (!is_due(wall))
    return;
  if (!last_.empty() && now - at_ <= longest_step && now > at_) {
    const auto elapsed = std::chrono::duration<double>(now - at_).count();
    std::vector<double> values(kinds_.size(), unknown);
    for (size_t i = 0; i < values.size(); ++i) {
      if (kinds_[i] == kind::gauge)
        values[i] = totals[i];
      else if (totals[i] >= last_[i])
        values[i] = (totals[i] - last_[i]) / elapsed;
    }
    series_.note(step_, values);
  }
  last_.assign(totals.begin(), totals.end());
  at_ = now;
  step_ = begin_of(number_of(wall, number_series::fine_step), number_series::fine_step);
}

// ---- the answer --------------------------------------------------------------------------------

std::string json_of(const series_row& row) {
  nlohmann::ordered_json object{{"name", row.name},
                                {"unit", row.unit},
                                {"step_s", row.step.count()},
                                {"since", rfc3339(row.stretch.since)}};
  auto& values = object["values"] = nlohmann::ordered_json::array();
  for (const auto& value : row.stretch.values) {
    if (value)
      values.push_back(rounded_for_graphs(*value));
    else
      values.push_back(nullptr);
  }
  return object.dump();
}

} // namespace fedhub::admin
