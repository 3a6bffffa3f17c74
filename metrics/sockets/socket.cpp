#include "metrics/sockets/socket.hpp"

#include <cerrno>
#include <fcntl.h>
#include <ifaddrs.h>
#include <netinet/tcp.h>

namespace fedhub {

namespace {

bool set_option(int fd, int level, int name, int value) {
  return ::setsockopt(fd, level, name, &value, sizeof value) == 0;
}

unique_fd tcp_socket(int family) {
  return unique_fd{::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP)};
}

/// Closes the descriptor and returns an invalid one. Keeps errno, which closing may change.
unique_fd fail(unique_fd& fd) {
  int error = errno;
  fd.reset();
  errno = error;
  return {};
}

bool is_any_ipv6(const socket_address& address) {
  return address.family() == AF_INET6
         && IN6_IS_ADDR_UNSPECIFIED(
           &reinterpret_cast<const sockaddr_in6*>(address.data())->sin6_addr);
}

} // namespace

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

void inherit_listener(int fd, int backlog) {
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
  set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  ::listen(fd, backlog);
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
  for (const auto* entry = all; entry != nullptr && !result; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr || entry->ifa_addr->sa_family != AF_INET6)
      continue;
    const auto& address = reinterpret_cast<const sockaddr_in6*>(entry->ifa_addr)->sin6_addr;
    result = !IN6_IS_ADDR_LOOPBACK(&address) && !IN6_IS_ADDR_LINKLOCAL(&address);
  }
  ::freeifaddrs(all);
  return result;
}

} // namespace fedhub
