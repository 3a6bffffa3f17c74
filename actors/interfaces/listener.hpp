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
  // SUPERVISOR: accept no more connections. Those that wait in the kernel are reset.
  caf::reacts_to<close_atom>,
  // SUPERVISOR: the address is not configured any more. Accept the connections that wait or have
  // begun, then end. If true, another process has the socket too and listens on: nothing is done to
  // the socket, and its next connections wait for that process.
  caf::reacts_to<retire_atom, bool>>;

} // namespace fedhub
