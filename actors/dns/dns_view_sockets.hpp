// The sockets of the DNS view, UDP and TCP on one address.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include <tl/expected.hpp>

#include "actors/net/inherited_sockets.hpp"
#include "conf/schema/host_address.hpp"
#include "metrics/sockets/socket.hpp"

namespace fedhub {

/// One address of `listen.dns`.
struct dns_view_sockets {
  unique_fd udp;
  unique_fd tcp;

  /// Takes the sockets that were handed to the process at start, or else binds. The port is the
  /// same for both, also if it is any.
  /// @returns what failed, in the system's words.
  static tl::expected<dns_view_sockets, std::string> open(const conf::ip_endpoint& at,
                                                          inherited_sockets& inherited);

  uint16_t port() const { return local_address(tcp.get()).port(); }
};

/// A datagram's way back: from the very address that it was sent to.
struct datagram_origin {
  socket_address from;
  /// What sendmsg wants (IP_PKTINFO or IPV6_PKTINFO); empty: the kernel chooses.
  alignas(8) unsigned char control[64];
  size_t control_octets = 0;
};

/// Receives one datagram. @returns its octets, as far as there is room; nothing if none waits
/// (errno).
std::optional<size_t> receive_datagram(int fd, std::span<uint8_t> into, datagram_origin& origin);

/// Sends one back. What the socket does not take is lost, as datagrams are.
void send_datagram(int fd, std::span<const uint8_t> octets, const datagram_origin& to);

} // namespace fedhub
