// Addresses as an operator writes them: IP addresses, sockets, targets, networks.
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
/// address that it carries, so that a peer is the same value on a dual-stack socket and on an IPv4
/// one.
class ip_address {
public:
  /// 0.0.0.0
  constexpr ip_address() = default;

  static constexpr ip_address v4(const std::array<uint8_t, 4>& octets);
  static constexpr ip_address v6(const std::array<uint8_t, 16>& octets);

  /// Dotted-decimal IPv4 without leading zeros, or IPv6 without brackets and without a zone.
  static std::optional<ip_address> parse(std::string_view text);

  constexpr bool is_v4() const { return size_ == 4; }
  /// 4 or 16 octets in network order.
  constexpr std::span<const uint8_t> octets() const { return {octets_.data(), size_}; }
  /// 0.0.0.0 or ::
  bool is_any() const;
  /// 127.0.0.0/8 or ::1
  bool is_loopback() const;
  /// IPv6 in the form of RFC 5952.
  std::string str() const;

  friend constexpr bool operator==(const ip_address&, const ip_address&) = default;

private:
  uint8_t size_ = 4;
  std::array<uint8_t, 16> octets_{}; ///< the first `size_` count; the others are 0.
};

/// One end of a TCP or UDP conversation.
struct socket_address {
  ip_address ip;
  uint16_t port = 0;

  /// "192.0.2.1:5269" or "[2001:db8::1]:5269".
  /// @param default_port used if the text names none; without it a port is required.
  static std::optional<socket_address> parse(std::string_view text,
                                             std::optional<uint16_t> default_port = std::nullopt);

  std::string str() const;

  friend constexpr bool operator==(const socket_address&, const socket_address&) = default;
};

/// Where to connect to: an IP address or a host name that is yet to be resolved.
struct host_address {
  std::variant<ip_address, domain_name> host;
  uint16_t port = 0;

  /// As `socket_address::parse`, or "xmpp.example" and "xmpp.example:5269". An IPv6 address needs
  /// brackets, for without them its end can't be told from a port. Port 0 and names that end in a
  /// number are refused.
  static std::optional<host_address> parse(std::string_view text, uint16_t default_port);

  std::string str() const;

  friend bool operator==(const host_address&, const host_address&) = default;
};

/// A block of addresses (CIDR, RFC 4632).
class network {
public:
  /// 0.0.0.0/0
  constexpr network() = default;

  /// "10.0.0.0/8", "2001:db8::/32", or one address without a prefix length. Bits behind the prefix
  /// are cleared: "10.0.0.5/8" is "10.0.0.0/8".
  static std::optional<network> parse(std::string_view text);

  /// An IPv4 network never contains an IPv6 address, nor the other way round: "::/0" is every IPv6
  /// address.
  bool contains(const ip_address& x) const;
  /// The first address.
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
