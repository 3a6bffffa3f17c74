// How long the kernel keeps a TCP connection whose other end has gone silent.
#pragma once

#include <chrono>

namespace fedhub {

/// What is set on a socket, in the kernel's units (tcp(7)). Both halves are needed: without octets
/// under way only keepalive probes find out, with octets under way only TCP_USER_TIMEOUT does.
struct tcp_liveness {
  int idle_s = 0;            ///< TCP_KEEPIDLE: quiet for so long, the peer's kernel is asked.
  int interval_s = 0;        ///< TCP_KEEPINTVL
  int probes = 0;            ///< TCP_KEEPCNT
  int unacknowledged_ms = 0; ///< TCP_USER_TIMEOUT: octets may be without acknowledgement.

  friend bool operator==(const tcp_liveness&, const tcp_liveness&) = default;
};

/// Derives the values from `timeouts.keepalive` and `timeouts.acknowledge`, so that a connection
/// that died at any moment has ended when both have passed: within `keepalive` the hub writes, or
/// the kernel asks; `acknowledge` later it is given up.
/// @param stalled the peer's window is shut and octets wait: TCP_USER_TIMEOUT would end a peer that
///        is only slow, so the hub's own rule (`failure::stalled`) has to come first.
tcp_liveness liveness_of(std::chrono::seconds keepalive, std::chrono::seconds acknowledge,
                         bool stalled = false);

/// Sets the values and SO_KEEPALIVE. @returns false if the socket is not TCP.
bool set_liveness(int fd, const tcp_liveness& x);

} // namespace fedhub
