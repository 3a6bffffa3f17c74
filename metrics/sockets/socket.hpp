// TCP sockets.
#pragma once

#include <cerrno>

#include "metrics/sockets/socket_address.hpp"
#include "metrics/sockets/unique_fd.hpp"

namespace fedhub {

/// Returns a listening TCP socket: non-blocking, with `SO_REUSEADDR`, and dual-stack if the address
/// is `::`. Accepted sockets inherit TCP_NODELAY and SO_KEEPALIVE.
/// @returns an invalid descriptor on failure, with errno set.
unique_fd listen_tcp(const socket_address& at, int backlog = 4096);

/// Prepares a listening TCP socket that another process has opened as `listen_tcp` would have:
/// non-blocking, the same backlog, and the options that accepted sockets inherit. A refused option
/// is not an error: the socket still serves.
void inherit_listener(int fd, int backlog = 4096);

/// Starts to connect a non-blocking socket with TCP_NODELAY. @returns an invalid descriptor on
/// failure, with errno set.
unique_fd connect_tcp(const socket_address& to);

/// Returns and clears the error of a socket (`SO_ERROR`) as an errno value; 0 if none.
int socket_error(int fd);

/// Returns whether `error`, an errno value, says that a non-blocking call would have had to wait.
constexpr bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

socket_address local_address(int fd);

/// Returns whether an interface of this machine has an IPv6 address that is neither loopback nor
/// link-local, as for AI_ADDRCONFIG (RFC 3493 §6.1). True if the interfaces cannot be read.
bool has_ipv6();

} // namespace fedhub
