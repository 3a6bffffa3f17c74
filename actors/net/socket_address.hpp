// The address of a socket.
#pragma once

#include <cstdint>
#include <netinet/in.h>
#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>

namespace fedhub {

/// An IPv4 or IPv6 address with a port.
class socket_address {
public:
  socket_address() = default;
  socket_address(const sockaddr* addr, socklen_t size);

  /// Parses an address. @param ip an IPv4 or IPv6 literal without brackets.
  static std::optional<socket_address> parse(std::string_view ip, uint16_t port);

  const sockaddr* data() const { return &storage_.any; }
  socklen_t size() const { return size_; }
  int family() const { return storage_.any.sa_family; }
  uint16_t port() const;
  void port(uint16_t x);

  /// Returns the address without port and brackets. An IPv4-mapped IPv6 address is written as IPv4.
  std::string ip() const;
  /// Returns address and port: "192.0.2.7:5269" or "[2001:db8::7]:5269".
  std::string str() const;

  /// Returns whether the address is not globally reachable by IANA's registries of special-purpose
  /// addresses (see `is_globally_reachable`), or of another family. Public DNS must not lead the
  /// hub to such an address.
  bool is_private() const;

  friend bool operator==(const socket_address& x, const socket_address& y);

private:
  /// The largest address of a TCP socket. `sockaddr_storage` is four times as large.
  union {
    sockaddr_in6 v6{};
    sockaddr_in v4;
    sockaddr any;
  } storage_;
  socklen_t size_ = 0;
};

} // namespace fedhub
