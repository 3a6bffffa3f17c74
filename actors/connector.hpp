// The connector: races the addresses of a resolution for one TCP connection.
#pragma once

#include <memory>

#include "actors/resolver.hpp"

namespace fedhub {

/// A TCP connection, handed over through a message: the receiver takes `fd` out.
struct connected {
  unique_fd fd;            ///< invalid if `why` says so.
  socket_address address;  ///< of the peer.
  std::string host;        ///< `resolved_target::host`.
  failure why = failure::none;
  std::string detail;      ///< the last error, e.g. "192.0.2.7:5269: Connection refused", for log and bounce text.
  std::chrono::microseconds time{0};
};
using connected_ptr = std::shared_ptr<connected>;

using connect_atom = caf::atom_constant<caf::atom("connect")>;
inline constexpr connect_atom connect_atom_v{};

} // namespace fedhub

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fedhub::connected_ptr)
