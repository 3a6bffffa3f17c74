// Addresses of the command line.
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fedhub::load {

/// An IPv4 address and a port, in host order.
struct address {
  uint32_t ip = 0;
  uint16_t port = 0;

  /// Parses an address. @param text "IPV4:PORT" or "localhost:PORT".
  static std::optional<address> parse(std::string_view text);

  bool loopback() const { return ip >> 24 == 127; }
  sockaddr_in socket_address() const;
  std::string str() const;
};

} // namespace fedhub::load
