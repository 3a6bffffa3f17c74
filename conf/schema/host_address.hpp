// Addresses with a port, in an operator's notation.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "protocol/text/domain_name.hpp"
#include "protocol/text/ip_address.hpp"

namespace fedhub::conf {

/// One end of a TCP or UDP conversation.
struct ip_endpoint {
  ip_address ip;
  uint16_t port = 0;

  /// Parses "192.0.2.1:5269" or "[2001:db8::1]:5269".
  /// @param default_port used if the text names no port; without it the text must name one.
  static std::optional<ip_endpoint> parse(std::string_view text,
                                          std::optional<uint16_t> default_port = std::nullopt);

  std::string str() const;

  friend constexpr bool operator==(const ip_endpoint&, const ip_endpoint&) = default;
};

/// A target to connect to: an IP address, or a host name that is not resolved yet.
struct host_address {
  std::variant<ip_address, domain_name> host;
  uint16_t port = 0;

  /// Parses the notation of `ip_endpoint::parse`, or "xmpp.example" and "xmpp.example:5269". An
  /// IPv6 address needs brackets, since a port after it would be ambiguous. Refuses port 0 and
  /// names that end in a number.
  static std::optional<host_address> parse(std::string_view text, uint16_t default_port);

  std::string str() const;

  friend bool operator==(const host_address&, const host_address&) = default;
};

} // namespace fedhub::conf
