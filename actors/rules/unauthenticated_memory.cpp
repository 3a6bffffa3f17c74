#include "actors/rules/unauthenticated_memory.hpp"

#include <algorithm>
#include <utility>

namespace fedhub {

std::vector<uint64_t> unauthenticated_memory::report(uint64_t connection, int64_t octets) {
  std::lock_guard guard{mutex_};
  auto& shares = shares_[connection];
  const auto change = octets - std::exchange(shares.octets, octets);
  total_ += change;
  if (shares.closing)
    leaving_ += change;
  held_.Set(static_cast<double>(total_));
  return total_ - leaving_ > limit_ ? largest() : std::vector<uint64_t>{};
}

/// Returns the largest connections. One search makes room for a while, so that not each report in a
/// flood causes a search.
std::vector<uint64_t> unauthenticated_memory::largest() {
  std::vector<std::pair<int64_t, uint64_t>> order;
  for (const auto& [id, x] : shares_)
    if (!x.closing)
      order.emplace_back(x.octets, id);
  std::ranges::sort(order, std::greater{});
  std::vector<uint64_t> result;
  const auto goal = limit_ - limit_ / 16;
  for (const auto& [octets, id] : order) {
    if (total_ - leaving_ <= goal)
      break;
    shares_[id].closing = true;
    leaving_ += octets;
    result.push_back(id);
  }
  return result;
}

void unauthenticated_memory::forget(uint64_t connection) {
  std::lock_guard guard{mutex_};
  const auto known = shares_.find(connection);
  if (known == shares_.end())
    return;
  total_ -= known->second.octets;
  if (known->second.closing)
    leaving_ -= known->second.octets;
  shares_.erase(known);
  held_.Set(static_cast<double>(total_));
}

void unauthenticated_memory::limit(int64_t octets) {
  std::lock_guard guard{mutex_};
  limit_ = octets;
}

int64_t unauthenticated_memory::held() const {
  std::lock_guard guard{mutex_};
  return total_;
}

} // namespace fedhub
