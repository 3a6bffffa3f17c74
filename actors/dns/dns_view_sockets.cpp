#include "actors/dns/dns_view_sockets.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace fedhub {

namespace {

constexpr int backlog = 64;
/// Attempts for port 0, since a port that is free for TCP may be in use for UDP.
constexpr int port_tries = 20;

bool set_option(int fd, int level, int name) {
  const int one = 1;
  return ::setsockopt(fd, level, name, &one, sizeof one) == 0;
}

/// Makes the kernel report which address each datagram was sent to.
bool want_destination(int fd) {
  if (local_address(fd).family() == AF_INET6)
    return set_option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO);
  return set_option(fd, IPPROTO_IP, IP_PKTINFO);
}

unique_fd bind_udp(const socket_address& at) {
  unique_fd fd{::socket(at.family(), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!fd)
    return {};
  const int zero = 0;
  if (at.family() == AF_INET6)
    ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof zero);
  if (::bind(fd.get(), at.data(), at.size()) != 0) {
    const int error = errno;
    fd.reset();
    errno = error;
  }
  return fd;
}

std::string reason() { return std::generic_category().message(errno); }

/// Binds both sockets. @returns what failed; empty if nothing did.
std::string open_at(const socket_address& at, dns_view_sockets& result) {
  for (int i = 0; i < port_tries; ++i) {
    result.tcp = listen_tcp(at, backlog);
    if (!result.tcp)
      return "TCP: " + reason();
    // The address that TCP is bound to: it has the port, and is IPv4 on a machine without IPv6.
    result.udp = bind_udp(local_address(result.tcp.get()));
    if (result.udp)
      return {};
    if (at.port() != 0 || errno != EADDRINUSE)
      break;
  }
  return "UDP: " + reason();
}

/// Takes the sockets that the process inherited, else binds them. @returns what failed; empty if
/// nothing did.
std::string take_or_open(const socket_address& at, inherited_sockets& inherited,
                         dns_view_sockets& result) {
  result.udp = inherited.claim_udp(at);
  result.tcp = inherited.claim_tcp(at);
  if (result.udp && !result.tcp)
    return "a UDP socket was passed for it, but no TCP socket: ListenStream is missing";
  if (result.tcp && !result.udp)
    return "a TCP socket was passed for it, but no UDP socket: ListenDatagram is missing";
  if (!result.udp)
    if (auto why = open_at(at, result); !why.empty())
      return why;
  return want_destination(result.udp.get()) ? std::string{} : "UDP: " + reason();
}

} // namespace

tl::expected<dns_view_sockets, std::string> dns_view_sockets::open(const conf::ip_endpoint& at,
                                                                   inherited_sockets& inherited) {
  dns_view_sockets result;
  const auto why = take_or_open({at.ip, at.port}, inherited, result);
  if (!why.empty())
    return tl::unexpected(why);
  return result;
}

std::optional<size_t> receive_datagram(int fd, std::span<uint8_t> into, datagram_origin& origin) {
  sockaddr_storage from{};
  iovec part{into.data(), into.size()};
  msghdr message{};
  message.msg_name = &from;
  message.msg_namelen = sizeof from;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = origin.control;
  message.msg_controllen = sizeof origin.control;
  const auto n = ::recvmsg(fd, &message, MSG_DONTWAIT);
  if (n < 0)
    return {};
  origin.from = socket_address{reinterpret_cast<sockaddr*>(&from), message.msg_namelen};
  origin.control_octets = 0;
  for (auto* control = CMSG_FIRSTHDR(&message); control != nullptr;
       control = CMSG_NXTHDR(&message, control)) {
    if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO) {
      in_pktinfo info{};
      std::memcpy(&info, CMSG_DATA(control), sizeof info);
      info.ipi_ifindex = 0; // the routing table chooses the interface of the way back
      std::memcpy(CMSG_DATA(control), &info, sizeof info);
    } else if (control->cmsg_level != IPPROTO_IPV6 || control->cmsg_type != IPV6_PKTINFO) {
      continue;
    }
    const auto octets = CMSG_SPACE(control->cmsg_len - CMSG_LEN(0));
    std::memmove(origin.control, control, control->cmsg_len);
    origin.control_octets = octets;
    break;
  }
  return static_cast<size_t>(n);
}

void send_datagram(int fd, std::span<const uint8_t> octets, const datagram_origin& to) {
  iovec part{const_cast<uint8_t*>(octets.data()), octets.size()};
  msghdr message{};
  message.msg_name = const_cast<sockaddr*>(to.from.data());
  message.msg_namelen = to.from.size();
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (to.control_octets > 0) {
    message.msg_control = const_cast<unsigned char*>(to.control);
    message.msg_controllen = to.control_octets;
  }
  ::sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

} // namespace fedhub
