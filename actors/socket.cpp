#include "actors/socket.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "actors/special_addresses.hpp"

namespace fedhub {

namespace {

using ipv4_octets = std::array<uint8_t, 4>;
using ipv6_octets = std::array<uint8_t, 16>;

/// As inet_ntop(3), which takes `sprintf` for it: connections have their addresses told often.
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

bool set_option(int fd, int level, int name, int value) {
  return ::setsockopt(fd, level, name, &value, sizeof value) == 0;
}

unique_fd tcp_socket(int family) {
  return unique_fd{::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP)};
}

/// Ends with an invalid descriptor and keeps the errno of what failed: closing may change it.
unique_fd fail(unique_fd& fd) {
  int error = errno;
  fd.reset();
  errno = error;
  return {};
}

bool is_any_ipv6(const socket_address& x) {
  return x.family() == AF_INET6
         && IN6_IS_ADDR_UNSPECIFIED(&reinterpret_cast<const sockaddr_in6*>(x.data())->sin6_addr);
}

} // namespace

void unique_fd::reset(int fd) {
  if (fd_ >= 0)
    ::close(fd_);
  fd_ = fd;
}

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

unique_fd listen_tcp(const socket_address& at, int backlog) {
  auto fd = tcp_socket(at.family());
  if (!fd) {
    // A kernel without IPv6 still serves the default, "[::]:5269", over IPv4.
    if (errno == EAFNOSUPPORT && is_any_ipv6(at))
      return listen_tcp(*socket_address::parse("0.0.0.0", at.port()), backlog);
    return {};
  }
  if (!set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1)
      || !set_option(fd.get(), IPPROTO_TCP, TCP_NODELAY, 1)
      || !set_option(fd.get(), SOL_SOCKET, SO_KEEPALIVE, 1))
    return fail(fd);
  if (is_any_ipv6(at) && !set_option(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 0))
    return fail(fd);
  if (::bind(fd.get(), at.data(), at.size()) != 0 || ::listen(fd.get(), backlog) != 0)
    return fail(fd);
  return fd;
}

unique_fd connect_tcp(const socket_address& to) {
  auto fd = tcp_socket(to.family());
  if (!fd)
    return {};
  if (!set_option(fd.get(), IPPROTO_TCP, TCP_NODELAY, 1))
    return fail(fd);
  if (::connect(fd.get(), to.data(), to.size()) != 0 && errno != EINPROGRESS)
    return fail(fd);
  return fd;
}

int socket_error(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
    return errno;
  return error;
}

socket_address local_address(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0)
    return {};
  return {reinterpret_cast<const sockaddr*>(&storage), size};
}

bool has_ipv6() {
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0)
    return true;
  bool result = false;
  for (const auto* x = all; x != nullptr && !result; x = x->ifa_next) {
    if (x->ifa_addr == nullptr || x->ifa_addr->sa_family != AF_INET6)
      continue;
    const auto& address = reinterpret_cast<const sockaddr_in6*>(x->ifa_addr)->sin6_addr;
    result = !IN6_IS_ADDR_LOOPBACK(&address) && !IN6_IS_ADDR_LINKLOCAL(&address);
  }
  ::freeifaddrs(all);
  return result;
}

} // namespace fedhub
