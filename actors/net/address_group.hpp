// The group of addresses that share a part of a budget.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "metrics/sockets/socket_address.hpp"

namespace fedhub {

/// The addresses that count as one where strangers share a resource: an IPv4 address, or the /64 of
/// an IPv6 address, since one host can use a /64 as a whole. An IPv4 address mapped or translated
/// into IPv6 (RFC 4291 §2.5.5.2, RFC 6052) counts as the IPv4 address.
class address_group {
public:
  address_group() = default; ///< no address.
  explicit address_group(const socket_address& from);

  friend auto operator<=>(const address_group&, const address_group&) = default;

private:
  friend std::hash<address_group>;
  uint64_t prefix_ = 0; ///< IPv6: the first 64 bits.
  uint64_t v4_ = 0;     ///< IPv4: the address, with a mark bit above it.
};

} // namespace fedhub

template <>
struct std::hash<fedhub::address_group> {
  size_t operator()(const fedhub::address_group& group) const noexcept {
    // The owner of a /48 chooses 16 of these bits, so the hash must not let them choose the place
    // in a table.
    uint64_t h = (group.prefix_ ^ (group.v4_ * 0xD6E8FEB86659FD93)) * 0x9E3779B97F4A7C15;
    return static_cast<size_t>(h ^ (h >> 32));
  }
};
