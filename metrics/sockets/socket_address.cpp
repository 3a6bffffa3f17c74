#include "metrics/sockets/socket_address.hpp"

#include <algorithm>
#include <cstring>

#include "protocol/text/special_addresses.hpp"

namespace fedhub {

namespace {

ipv6_octets octets_of(const sockaddr_in6& address) {
  ipv6_octets result;
  std::memcpy(result.data(), &address.sin6_addr, result.size());
  return result;
}

ipv4_octets octets_of(const sockaddr_in& address) {
  ipv4_octets result;
  std::memcpy(result.data(), &address.sin_addr, result.size());
  return result;
}

} // namespace

socket_address::socket_address(const ip_address& ip, uint16_t port)
  : size_{static_cast<socklen_t>(ip.is_v4() ? sizeof storage_.v4 : sizeof storage_.v6)} {
  void* const to = ip.is_v4() ? static_cast<void*>(&storage_.v4.sin_addr) : &storage_.v6.sin6_addr;
  storage_.any.sa_family = ip.is_v4() ? AF_INET : AF_INET6;
  std::memcpy(to, ip.octets().data(), ip.octets().size());
  this->port(port);
}

socket_address::socket_address(const sockaddr* addr, socklen_t size)
  : size_{std::min(size, static_cast<socklen_t>(sizeof storage_))} {
  std::memcpy(&storage_.v6, addr, size_);
}

std::optional<socket_address> socket_address::parse(std::string_view ip, uint16_t port) {
  const auto address = ip_address::parse(ip);
  return address ? std::optional{socket_address{*address, port}} : std::nullopt;
}

uint16_t socket_address::port() const {
  switch (family()) {
  case AF_INET:
    return ntohs(storage_.v4.sin_port);
  case AF_INET6:
    return ntohs(storage_.v6.sin6_port);
  default:
    return 0;
  }
}

void socket_address::port(uint16_t number) {
  if (family() == AF_INET)
    storage_.v4.sin_port = htons(number);
  else if (family() == AF_INET6)
    storage_.v6.sin6_port = htons(number);
}

std::optional<ip_address> socket_address::address() const {
  switch (family()) {
  case AF_INET:
    return ip_address::v4(octets_of(storage_.v4));
  case AF_INET6:
    return ip_address::v6(octets_of(storage_.v6));
  default:
    return std::nullopt;
  }
}

std::string socket_address::ip() const {
  const auto known = address();
  return known ? known->str() : std::string{};
}

std::string socket_address::str() const {
  auto text = ip();
  const bool bracketed = text.find(':') != text.npos;
  return (bracketed ? "[" + text + "]" : text) + ":" + std::to_string(port());
}

bool socket_address::is_private() const {
  const auto known = address();
  return !known || !is_globally_reachable(*known);
}

bool operator==(const socket_address& x, const socket_address& y) {
  if (x.family() != y.family() || x.port() != y.port())
    return false;
  switch (x.family()) {
  case AF_INET:
    return octets_of(x.storage_.v4) == octets_of(y.storage_.v4);
  case AF_INET6:
    return octets_of(x.storage_.v6) == octets_of(y.storage_.v6)
           && x.storage_.v6.sin6_scope_id == y.storage_.v6.sin6_scope_id;
  default:
    return x.size_ == y.size_ && std::memcmp(&x.storage_.v6, &y.storage_.v6, x.size_) == 0;
  }
}

} // namespace fedhub
