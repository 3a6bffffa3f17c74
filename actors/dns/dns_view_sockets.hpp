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

  /// Takes the sockets that the process inherited at start, else binds them. Both have the same
  /// port, even if the configured port is 0.
  /// @returns what failed, in the system's words.
  static tl::expected<dns_view_sockets, std::string> open(const conf::ip_endpoint& at,
                                                          inherited_sockets& inherited);

  uint16_t port() const { return local_address(tcp.get()).port(); }
};

/// The way back of a datagram. The answer leaves from the address that the datagram was sent to.
struct datagram_origin {
  socket_address from;
  /// The control message for sendmsg (IP_PKTINFO or IPV6_PKTINFO). If it is empty, the kernel
  /// chooses the address.
  alignas(8) unsigned char control[64];
  size_t control_octets = 0;
};

/// Receives one datagram. What does not fit into `into` is cut off. @returns the number of octets,
/// or nothing if there is none (errno).
std::optional<size_t> receive_datagram(int fd, std::span<uint8_t> into, datagram_origin& origin);

/// Sends a datagram back. It is lost if the socket does not take it.
void send_datagram(int fd, std::span<const uint8_t> octets, const datagram_origin& to);

} // namespace fedhub
