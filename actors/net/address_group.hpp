// Whose share of a budget an address uses.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "metrics/sockets/socket_address.hpp"

namespace fedhub {

/// What counts as one address where strangers share something: an IPv4 address, also where it is
/// mapped or translated into IPv6 (RFC 4291 §2.5.5.2, RFC 6052), or the /64 of an IPv6 address,
/// which one host can use as a whole.
class address_group {
public:
  address_group() = default; ///< nobody's.
  explicit address_group(const socket_address& from);

  friend auto operator<=>(const address_group&, const address_group&) = default;

private:
  friend std::hash<address_group>;
  uint64_t prefix_ = 0; ///< of IPv6.
  uint64_t v4_ = 0;     ///< of IPv4: the address, marked.
};

} // namespace fedhub

template <>
struct std::hash<fedhub::address_group> {
  size_t operator()(const fedhub::address_group& x) const noexcept {
    // Whoever owns a /48 chooses 16 of these bits: they must not choose the place in a table.
    uint64_t h = (x.prefix_ ^ (x.v4_ * 0xD6E8FEB86659FD93)) * 0x9E3779B97F4A7C15;
    return static_cast<size_t>(h ^ (h >> 32));
  }
};
