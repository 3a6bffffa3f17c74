// IP addresses.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace fedhub {

using ipv4_octets = std::array<uint8_t, 4>;  ///< in network order.
using ipv6_octets = std::array<uint8_t, 16>; ///< in network order.

/// An IPv4 or IPv6 address. An IPv4-mapped IPv6 address (RFC 4291 §2.5.5.2) becomes the IPv4
/// address in it, so that a peer has the same value on a dual-stack socket and on an IPv4 socket.
class ip_address {
public:
  /// 0.0.0.0
  constexpr ip_address() = default;

  static constexpr ip_address v4(const ipv4_octets& octets);
  static constexpr ip_address v6(const ipv6_octets& octets);

  /// Parses dotted-decimal IPv4 without leading zeros, or IPv6 without brackets and without a zone.
  static std::optional<ip_address> parse(std::string_view text);

  constexpr bool is_v4() const { return size_ == 4; }
  /// Returns 4 or 16 octets in network order.
  constexpr std::span<const uint8_t> octets() const { return {octets_.data(), size_}; }
  /// Returns whether the address is 0.0.0.0 or ::.
  bool is_any() const;
  /// Returns whether the address is in 127.0.0.0/8 or is ::1.
  bool is_loopback() const;
  /// Returns the address as text, IPv6 in the form of RFC 5952.
  std::string str() const;

  friend constexpr bool operator==(const ip_address&, const ip_address&) = default;

private:
  uint8_t size_ = 4;
  ipv6_octets octets_{}; ///< the first `size_` are used; the others are 0.
};

/// Returns the four octets from `offset` on, for the forms of IPv6 that carry an IPv4 address.
/// @pre `offset + 4` is at most the number of octets.
constexpr ipv4_octets ipv4_at(std::span<const uint8_t> octets, size_t offset) {
  return {octets[offset], octets[offset + 1], octets[offset + 2], octets[offset + 3]};
}

constexpr ip_address ip_address::v4(const ipv4_octets& octets) {
  ip_address result;
  for (size_t i = 0; i < octets.size(); ++i)
    result.octets_[i] = octets[i];
  return result;
}

constexpr ip_address ip_address::v6(const ipv6_octets& octets) {
  bool mapped = octets[10] == 0xff && octets[11] == 0xff;
  for (size_t i = 0; i < 10; ++i)
    mapped = mapped && octets[i] == 0;
  if (mapped)
    return v4(ipv4_at(octets, 12));
  ip_address result;
  result.size_ = 16;
  result.octets_ = octets;
  return result;
}

} // namespace fedhub
