// Sockets of TCP.
#pragma once

#include <cerrno>

#include "metrics/sockets/socket_address.hpp"
#include "metrics/sockets/unique_fd.hpp"

namespace fedhub {

/// A listening TCP socket, non-blocking, `SO_REUSEADDR`, on IPv6 dual-stack if the address is `::`.
/// What it accepts has TCP_NODELAY and SO_KEEPALIVE from it.
/// @returns an invalid descriptor with errno set on failure.
unique_fd listen_tcp(const socket_address& at, int backlog = 4096);

/// Starts to connect, non-blocking, with TCP_NODELAY. @returns an invalid descriptor with errno set
/// on failure.
unique_fd connect_tcp(const socket_address& to);

/// The error of a socket (`SO_ERROR`) as errno value; 0 if none.
int socket_error(int fd);

/// Returns whether `error`, an errno value, says that a non-blocking call would have had to wait.
constexpr bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

socket_address local_address(int fd);

/// Whether an interface of this machine has an IPv6 address that is neither loopback nor
/// link-local, as for AI_ADDRCONFIG (RFC 3493 §6.1). True if it can't be told.
bool has_ipv6();

} // namespace fedhub
