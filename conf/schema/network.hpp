// Addresses in an operator's notation: IP addresses, sockets, targets, networks.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "protocol/text/domain_name.hpp"

namespace fedhub::conf {

/// An IPv4 or IPv6 address. An IPv4-mapped IPv6 address (RFC 4291 §2.5.5.2) becomes the IPv4
/// address in it, so that a peer has the same value on a dual-stack socket and on an IPv4 socket.
class ip_address {
public:
  /// 0.0.0.0
  constexpr ip_address() = default;

  static constexpr ip_address v4(const std::array<uint8_t, 4>& octets);
  static constexpr ip_address v6(const std::array<uint8_t, 16>& octets);

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
  std::array<uint8_t, 16> octets_{}; ///< the first `size_` are used; the others are 0.
};

/// One end of a TCP or UDP conversation.
struct socket_address {
  ip_address ip;
  uint16_t port = 0;

  /// Parses "192.0.2.1:5269" or "[2001:db8::1]:5269".
  /// @param default_port used if the text names no port; without it the text must name one.
  static std::optional<socket_address> parse(std::string_view text,
                                             std::optional<uint16_t> default_port = std::nullopt);

  std::string str() const;

  friend constexpr bool operator==(const socket_address&, const socket_address&) = default;
};

/// A target to connect to: an IP address, or a host name that is not resolved yet.
struct host_address {
  std::variant<ip_address, domain_name> host;
  uint16_t port = 0;

  /// Parses the notation of `socket_address::parse`, or "xmpp.example" and "xmpp.example:5269". An
  /// IPv6 address needs brackets, since a port after it would be ambiguous. Refuses port 0 and
  /// names that end in a number.
  static std::optional<host_address> parse(std::string_view text, uint16_t default_port);

  std::string str() const;

  friend bool operator==(const host_address&, const host_address&) = default;
};

/// A block of addresses (CIDR, RFC 4632).
class network {
public:
  /// 0.0.0.0/0
  constexpr network() = default;

  /// Parses "10.0.0.0/8", "2001:db8::/32", or one address without a prefix length. Clears the bits
  /// after the prefix: "10.0.0.5/8" is "10.0.0.0/8".
  static std::optional<network> parse(std::string_view text);

  /// Returns whether the network contains the address. An IPv4 network never contains an IPv6
  /// address, nor the reverse: "::/0" contains every IPv6 address and nothing else.
  bool contains(const ip_address& address) const;
  /// Returns the first address.
  const ip_address& base() const { return base_; }
  uint8_t prefix_length() const { return prefix_length_; }
  std::string str() const;

  friend constexpr bool operator==(const network&, const network&) = default;

private:
  ip_address base_;
  uint8_t prefix_length_ = 0;
};

constexpr ip_address ip_address::v4(const std::array<uint8_t, 4>& octets) {
  ip_address result;
  for (size_t i = 0; i < octets.size(); ++i)
    result.octets_[i] = octets[i];
  return result;
}

constexpr ip_address ip_address::v6(const std::array<uint8_t, 16>& octets) {
  bool mapped = octets[10] == 0xff && octets[11] == 0xff;
  for (size_t i = 0; i < 10; ++i)
    mapped = mapped && octets[i] == 0;
  if (mapped)
    return v4({octets[12], octets[13], octets[14], octets[15]});
  ip_address result;
  result.size_ = 16;
  result.octets_ = octets;
  return result;
}

} // namespace fedhub::conf
