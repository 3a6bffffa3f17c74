#include "actors/history/refusal_sums.hpp"

#include <algorithm>

namespace fedhub {

bool refusal_sums::admit(admin::event_kind kind, failure why, clock::time_point now) {
  if (!concerns(kind))
    return true;
  const auto first = kind == admin::event_kind::refusal ? size_t{0} : failure_count;
  auto& tally = tallies_[first + static_cast<size_t>(why)];
  // What was left out keeps the minute open until it is taken, so that no count is forgotten.
  if (tally.left_out == 0 && (tally.admitted == 0 || now >= tally.begin + period))
    tally = {now, 0, 0};
  if (tally.admitted < rows_a_minute) {
    ++tally.admitted;
    return true;
  }
  ++tally.left_out;
  return false;
}

std::vector<refusal_sums::sum> refusal_sums::take(clock::time_point now) {
  return take_if(now, false);
}

std::vector<refusal_sums::sum> refusal_sums::take_all() { return take_if({}, true); }

std::vector<refusal_sums::sum> refusal_sums::take_if(clock::time_point now, bool all) {
  std::vector<sum> sums;
  for (size_t i = 0; i < tallies_.size(); ++i) {
    auto& tally = tallies_[i];
    if (tally.left_out == 0 || (!all && now < tally.begin + period))
      continue;
    const auto kind = i < failure_count ? admin::event_kind::refusal : admin::event_kind::trust;
    sums.push_back({kind, static_cast<failure>(i % failure_count), tally.left_out});
    tally = {};
  }
  return sums;
}

std::optional<refusal_sums::clock::time_point> refusal_sums::due() const {
  std::optional<clock::time_point> first;
  for (const auto& tally : tallies_)
    if (tally.left_out > 0)
      first = std::min(first.value_or(clock::time_point::max()), tally.begin + period);
  return first;
}

} // namespace fedhub
