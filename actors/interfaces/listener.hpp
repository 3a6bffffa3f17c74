// The listener: accepts connections on one listening socket.
#pragma once

#include <memory>

#include "actors/runtime/atoms.hpp"
#include "actors/runtime/ready_sink.hpp"

namespace fedhub {

/// The LISTENER interface.
using listener_actor = ready_sink_actor::extend<
  // INTERNAL: descriptors were used up, try again; or sockets of refused peers have to be closed.
  caf::reacts_to<tick_atom>,
  // SUPERVISOR: accept no more connections.
  caf::reacts_to<close_atom>>;

} // namespace fedhub
