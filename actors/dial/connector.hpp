// The connector: tries the addresses of a resolution in parallel, for one TCP connection.
#pragma once

#include <memory>

#include "actors/dns/resolver.hpp"

namespace fedhub {

/// A TCP connection, passed on by a message: the receiver takes `fd` out.
struct connected {
  unique_fd fd;           ///< invalid if `why` is not `none`.
  socket_address address; ///< of the peer.
  // From the `resolved_target` that `address` belongs to.
  std::string host;
  uint16_t port = 0;
  bool direct_tls = false;
  dnssec_basis dnssec = {};

  failure why = failure::none;
  /// The last error, such as "192.0.2.7:5269: Connection refused", for the log and the bounce.
  std::string detail;
  std::chrono::microseconds time{0};
};
using connected_ptr = std::shared_ptr<connected>;

using connect_atom = caf::atom_constant<caf::atom("connect")>;
inline constexpr connect_atom connect_atom_v{};

/// The CONNECTOR interface: one attempt to reach a domain.
using connector_actor = ready_sink_actor::extend<
  // Race the addresses. Always answers once; a failure is in the value, never an error. Then the
  // connector ends.
  caf::replies_to<connect_atom>::with<connected_ptr>,
  // INTERNAL: the next address or a time-out may be due.
  caf::reacts_to<tick_atom>>;

} // namespace fedhub

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fedhub::connected_ptr)
