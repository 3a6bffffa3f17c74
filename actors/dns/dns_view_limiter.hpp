// Limits the DNS view's answers to each address.
#pragma once

#include <chrono>
#include <cstddef>
#include <unordered_map>

#include "actors/net/address_group.hpp"

namespace fedhub {

/// A bucket of tokens for each address: `answers_per_second` of them, and as many at once after a
/// pause. The number of addresses is bounded. An address beyond it is refused until another one has
/// been quiet for a second. Time is a parameter. Belongs to one thread.
class dns_view_limiter {
public:
  using time_point = std::chrono::steady_clock::time_point;

  static constexpr size_t answers_per_second = 50;
  static constexpr size_t max_addresses = 4096;

  /// Takes a token of the address. @returns whether there was one.
  bool take(const address_group& from, time_point now);

  /// Returns how many addresses have a bucket.
  size_t addresses() const { return buckets_.size(); }

private:
  struct bucket {
    double tokens = answers_per_second;
    time_point filled{};
  };
  bool make_room(time_point now);

  std::unordered_map<address_group, bucket> buckets_;
  time_point swept_{}; ///< when quiet addresses were last erased.
};

} // namespace fedhub
