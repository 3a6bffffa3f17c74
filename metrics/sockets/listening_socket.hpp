// Listening sockets that take the place of others.
#pragma once

#include <cstdint>

#include "metrics/sockets/socket_address.hpp"
#include "metrics/sockets/unique_fd.hpp"

namespace fedhub {

/// Whether another socket of this process may have an overlapping address.
enum class address_use : uint8_t {
  alone,
  shared, ///< with sockets for which `share_address` is on.
};

/// Returns a socket as `listen_tcp` does, bound to its address. Connections are refused until
/// `listen(2)`.
unique_fd bind_tcp(const socket_address& at, address_use use = address_use::alone);

/// Sets whether further sockets of the same user may be bound to an overlapping address
/// (`SO_REUSEPORT`; Linux asks for it only when a socket is bound). So a wildcard can replace a
/// single address of its port, and the reverse, while both listen.
void share_address(int fd, bool on);

/// Makes the kernel leave SYNs to this listening socket unanswered, so that its clients try again a
/// second later. Handshakes that have begun still end. Accepted sockets inherit the filter.
void ignore_new_connections(int fd);

/// Removes the filter of `ignore_new_connections` from an accepted socket.
void remove_filter(int fd);

/// Returns another descriptor of the same socket; invalid on failure, with errno set.
unique_fd duplicate(int fd);

} // namespace fedhub
