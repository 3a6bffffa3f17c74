// Blocks of IP addresses.
#pragma once

#include "protocol/text/ip_address.hpp"

namespace fedhub {

/// A block of addresses (CIDR, RFC 4632).
class ip_network {
public:
  /// 0.0.0.0/0
  constexpr ip_network() = default;
  /// Clears the bits of `address` after the prefix.
  /// @param prefix_length in bits: 0 to 32 for IPv4, 0 to 128 for IPv6.
  ip_network(const ip_address& address, uint8_t prefix_length);

  /// Parses "10.0.0.0/8", "2001:db8::/32", or one address without a prefix length. Clears the bits
  /// after the prefix: "10.0.0.5/8" is "10.0.0.0/8".
  static std::optional<ip_network> parse(std::string_view text);

  /// Returns whether the network contains the address. An IPv4 network never contains an IPv6
  /// address, nor the reverse: "::/0" contains every IPv6 address and nothing else.
  bool contains(const ip_address& address) const;
  /// Returns the first address.
  const ip_address& base() const { return base_; }
  uint8_t prefix_length() const { return prefix_length_; }
  std::string str() const;

  friend constexpr bool operator==(const ip_network&, const ip_network&) = default;

private:
  ip_address base_;
  uint8_t prefix_length_ = 0;
};

} // namespace fedhub
