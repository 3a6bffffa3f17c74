#include "actors/dns/dns_view_limiter.hpp"

#include <algorithm>

namespace fedhub {

namespace {

/// After so long a bucket is full again, and can be erased.
constexpr std::chrono::seconds refill_time{1};
/// The least time between two searches of a full table for quiet addresses.
constexpr std::chrono::milliseconds sweep_pause{100};

} // namespace

bool dns_view_limiter::take(const address_group& from, time_point now) {
  auto known = buckets_.find(from);
  if (known == buckets_.end()) {
    if (!make_room(now))
      return false;
    known = buckets_.emplace(from, bucket{.filled = now}).first;
  }
  auto& [tokens, filled] = known->second;
  const std::chrono::duration<double> since = now - filled;
  constexpr double most = answers_per_second;
  tokens = std::min(most, tokens + most * std::max(0.0, since.count()));
  filled = now;
  if (tokens < 1)
    return false;
  tokens -= 1;
  return true;
}

bool dns_view_limiter::make_room(time_point now) {
  if (buckets_.size() < max_addresses)
    return true;
  if (now - swept_ < sweep_pause)
    return false;
  swept_ = now;
  std::erase_if(buckets_, [&](const auto& x) { return now - x.second.filled >= refill_time; });
  return buckets_.size() < max_addresses;
}

} // namespace fedhub
