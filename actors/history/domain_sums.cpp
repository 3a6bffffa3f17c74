#include "actors/history/domain_sums.hpp"

#include <algorithm>
#include <functional>

namespace fedhub {

namespace {

/// A look at all tallies takes about 0.1 ms.
constexpr std::chrono::minutes sweep_interval{1};

} // namespace

bool domain_sums::admit(const std::string& domain, clock::time_point now) {
  const auto hash = std::hash<std::string>{}(domain);
  auto& tally = tally_of(hash, now);
  // What was left out keeps the hour open until it is taken, so that no count is forgotten.
  if (tally.left_out == 0 && (tally.admitted == 0 || tally.is_over(now)))
    tally = {now, 0, 0};
  if (tally.admitted < (&tally == &rest_ ? rows_of_the_rest : rows)) {
    ++tally.admitted;
    return true;
  }
  if (tally.left_out++ == 0) {
    due_ = std::min(due_.value_or(clock::time_point::max()), tally.begin + period);
    if (&tally != &rest_)
      names_.insert_or_assign(hash, domain);
  }
  return false;
}

domain_sums::tally& domain_sums::tally_of(size_t domain, clock::time_point now) {
  if (const auto known = tallies_.find(domain); known != tallies_.end())
    return known->second;
  if (tallies_.size() >= most_domains)
    make_room(now);
  return tallies_.size() >= most_domains ? rest_ : tallies_[domain];
}

void domain_sums::make_room(clock::time_point now) {
  if (now < swept_ + sweep_interval)
    return;
  swept_ = now;
  std::erase_if(tallies_,
                [&](const auto& x) { return x.second.left_out == 0 && x.second.is_over(now); });
}

std::vector<domain_sums::sum> domain_sums::take(clock::time_point now) {
  if (!due_ || now < *due_)
    return {};
  return take_if(now, false);
}

std::vector<domain_sums::sum> domain_sums::take_all() { return take_if({}, true); }

std::vector<domain_sums::sum> domain_sums::take_if(clock::time_point now, bool all) {
  std::vector<sum> sums;
  due_.reset();
  const auto is_due = [&](const tally& tally) {
    if (tally.left_out == 0)
      return false;
    if (all || tally.is_over(now))
      return true;
    due_ = std::min(due_.value_or(clock::time_point::max()), tally.begin + period);
    return false;
  };
  for (auto& [hash, tally] : tallies_)
    if (is_due(tally)) {
      sums.push_back({names_.extract(hash).mapped(), tally.left_out});
      tally = {};
    }
  if (is_due(rest_)) {
    sums.push_back({{}, rest_.left_out});
    rest_ = {};
  }
  return sums;
}

} // namespace fedhub
