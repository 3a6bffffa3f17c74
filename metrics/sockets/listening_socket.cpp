#include "metrics/sockets/listening_socket.hpp"

#include <cerrno>
#include <fcntl.h>
#include <iterator>
#include <linux/filter.h>
#include <netinet/tcp.h>

namespace fedhub {

namespace {

bool set_flag(int fd, int level, int name, bool on) {
  const int value = on ? 1 : 0;
  return ::setsockopt(fd, level, name, &value, sizeof value) == 0;
}

bool is_ipv6_wildcard(const socket_address& address) {
  return address.family() == AF_INET6
         && IN6_IS_ADDR_UNSPECIFIED(
           &reinterpret_cast<const sockaddr_in6*>(address.data())->sin6_addr);
}

/// Sets the options, and binds. @returns false on failure, with errno set.
bool set_up(int fd, const socket_address& at, address_use use) {
  if (!set_flag(fd, SOL_SOCKET, SO_REUSEADDR, true) || !set_flag(fd, IPPROTO_TCP, TCP_NODELAY, true)
      || !set_flag(fd, SOL_SOCKET, SO_KEEPALIVE, true))
    return false;
  if (is_ipv6_wildcard(at) && !set_flag(fd, IPPROTO_IPV6, IPV6_V6ONLY, false))
    return false;
  if (use == address_use::shared)
    share_address(fd, true);
  return ::bind(fd, at.data(), at.size()) == 0;
}

} // namespace

unique_fd bind_tcp(const socket_address& at, address_use use) {
  unique_fd fd{::socket(at.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP)};
  if (!fd) {
    // A kernel without IPv6 still serves the default, "[::]:5269", over IPv4.
    if (errno == EAFNOSUPPORT && is_ipv6_wildcard(at))
      return bind_tcp(*socket_address::parse("0.0.0.0", at.port()), use);
    return {};
  }
  if (set_up(fd.get(), at, use))
    return fd;
  const int error = errno;
  fd.reset();
  errno = error;
  return {};
}

void share_address(int fd, bool on) { set_flag(fd, SOL_SOCKET, SO_REUSEPORT, on); }

void ignore_new_connections(int fd) {
  // A segment with SYN and without ACK is dropped. Octet 13 of the TCP header has the flags.
  sock_filter steps[] = {BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 13),
                         BPF_STMT(BPF_ALU | BPF_AND | BPF_K, TH_SYN | TH_ACK),
                         BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, TH_SYN, 0, 1),
                         BPF_STMT(BPF_RET | BPF_K, 0), BPF_STMT(BPF_RET | BPF_K, 0xffffffff)};
  const sock_fprog program{std::size(steps), steps};
  ::setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

void remove_filter(int fd) { set_flag(fd, SOL_SOCKET, SO_DETACH_FILTER, false); }

unique_fd duplicate(int fd) { return unique_fd{::fcntl(fd, F_DUPFD_CLOEXEC, 0)}; }

} // namespace fedhub
