// The address of a socket.
#pragma once

#include <cstdint>
#include <netinet/in.h>
#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>

#include "protocol/text/ip_address.hpp"

namespace fedhub {

/// An IPv4 or IPv6 address with a port, in the form that system calls take.
class socket_address {
public:
  socket_address() = default;
  socket_address(const ip_address& ip, uint16_t port);
  /// Takes an address from a system call. @param size in octets.
  socket_address(const sockaddr* addr, socklen_t size);

  /// Parses an address. @param ip an IPv4 or IPv6 literal without brackets.
  static std::optional<socket_address> parse(std::string_view ip, uint16_t port);

  const sockaddr* data() const { return &storage_.any; }
  socklen_t size() const { return size_; }
  int family() const { return storage_.any.sa_family; }
  uint16_t port() const;
  void port(uint16_t number);

  /// Returns the address without port and zone; nothing if the family is neither IPv4 nor IPv6.
  std::optional<ip_address> address() const;
  /// Returns `address()` as text without brackets; empty if there is none.
  std::string ip() const;
  /// Returns "192.0.2.7:5269" or "[2001:db8::7]:5269".
  std::string str() const;

  /// Returns whether public DNS must not lead the hub to this address: it is not globally reachable
  /// (see `is_globally_reachable`), or is neither IPv4 nor IPv6.
  bool is_private() const;

  /// Compares family, address, zone and port. An IPv4-mapped IPv6 address differs from the IPv4
  /// address: a connect to it needs a socket of the other family.
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
