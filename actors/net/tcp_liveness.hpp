// Bounds how long the kernel keeps a TCP connection whose peer is silent.
#pragma once

#include <chrono>

namespace fedhub {

/// The options of a socket, in the kernel's units (tcp(7)). Both mechanisms are needed. While no
/// octets are under way, only keepalive probes detect a dead peer. While octets are under way, only
/// TCP_USER_TIMEOUT does.
struct tcp_liveness {
  int idle_s = 0;            ///< TCP_KEEPIDLE: after so long without octets, a probe is sent.
  int interval_s = 0;        ///< TCP_KEEPINTVL
  int probes = 0;            ///< TCP_KEEPCNT
  int unacknowledged_ms = 0; ///< TCP_USER_TIMEOUT: how long octets may stay unacknowledged.

  friend bool operator==(const tcp_liveness&, const tcp_liveness&) = default;
};

/// Derives the values from `timeouts.keepalive` and `timeouts.acknowledge`. A dead connection ends
/// at the latest when both have passed: within `keepalive` the hub writes or the kernel sends a
/// probe, and `acknowledge` later the connection is given up.
/// @param stalled the peer's window is shut and octets wait. TCP_USER_TIMEOUT would end a peer that
/// is only slow, so it is longer, and the hub's own rule (`failure::stalled`) applies first.
tcp_liveness liveness_of(std::chrono::seconds keepalive, std::chrono::seconds acknowledge,
                         bool stalled = false);

/// Sets the values, and SO_KEEPALIVE. @returns false if the socket is not TCP.
bool set_liveness(int fd, const tcp_liveness& liveness);

} // namespace fedhub
