#include "actors/net/socket_address.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <cstring>
#include <initializer_list>

#include "actors/net/special_addresses.hpp"

namespace fedhub {

namespace {

using ipv4_octets = std::array<uint8_t, 4>;
using ipv6_octets = std::array<uint8_t, 16>;

/// Does the same as inet_ntop(3), which is slower, since it calls `sprintf`. Addresses of
/// connections are often written as text.
std::string ipv4_text(const ipv4_octets& x) {
  std::array<char, INET_ADDRSTRLEN> text;
  char* end = text.data();
  for (const uint8_t octet : x) {
    end = std::to_chars(end, text.end(), octet).ptr;
    *end++ = '.';
  }
  return {text.data(), end - 1};
}

bool begins_with(const ipv6_octets& x, std::initializer_list<uint8_t> prefix) {
  return std::equal(prefix.begin(), prefix.end(), x.begin());
}

ipv4_octets ipv4_at(const ipv6_octets& x, size_t offset) {
  ipv4_octets result;
  std::copy_n(x.begin() + static_cast<ptrdiff_t>(offset), result.size(), result.begin());
  return result;
}

bool is_mapped(const ipv6_octets& x) {
  return begins_with(x, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff});
}

ipv6_octets octets_of(const sockaddr_in6& x) {
  ipv6_octets result;
  std::memcpy(result.data(), &x.sin6_addr, result.size());
  return result;
}

ipv4_octets octets_of(const sockaddr_in& x) {
  ipv4_octets result;
  std::memcpy(result.data(), &x.sin_addr, result.size());
  return result;
}

} // namespace

socket_address::socket_address(const sockaddr* addr, socklen_t size)
  : size_(std::min(size, static_cast<socklen_t>(sizeof storage_))) {
  std::memcpy(&storage_.v6, addr, size_);
}

std::optional<socket_address> socket_address::parse(std::string_view ip, uint16_t port) {
  if (ip.size() >= INET6_ADDRSTRLEN || ip.find('\0') != std::string_view::npos)
    return std::nullopt;
  std::string text{ip};
  sockaddr_in v4{};
  if (::inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    return socket_address{reinterpret_cast<const sockaddr*>(&v4), sizeof v4};
  }
  sockaddr_in6 v6{};
  if (::inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    return socket_address{reinterpret_cast<const sockaddr*>(&v6), sizeof v6};
  }
  return std::nullopt;
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

void socket_address::port(uint16_t x) {
  if (family() == AF_INET)
    storage_.v4.sin_port = htons(x);
  else if (family() == AF_INET6)
    storage_.v6.sin6_port = htons(x);
}

std::string socket_address::ip() const {
  if (family() == AF_INET)
    return ipv4_text(octets_of(storage_.v4));
  if (family() != AF_INET6)
    return {};
  const auto octets = octets_of(storage_.v6);
  if (is_mapped(octets))
    return ipv4_text(ipv4_at(octets, 12));
  char text[INET6_ADDRSTRLEN] = "";
  ::inet_ntop(AF_INET6, octets.data(), text, sizeof text);
  return text;
}

std::string socket_address::str() const {
  auto address = ip();
  bool bracketed = address.find(':') != std::string::npos;
  return (bracketed ? "[" + address + "]" : address) + ":" + std::to_string(port());
}

bool socket_address::is_private() const {
  switch (family()) {
  case AF_INET:
    return !is_globally_reachable(octets_of(storage_.v4));
  case AF_INET6:
    return !is_globally_reachable(octets_of(storage_.v6));
  default:
    return true; // no other family is public
  }
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
