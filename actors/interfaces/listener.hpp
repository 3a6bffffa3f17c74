// The listener: takes connections from one listening socket.
#pragma once

#include <memory>

#include "actors/runtime/atoms.hpp"
#include "actors/runtime/ready_sink.hpp"

namespace fedhub {

/// The LISTENER interface.
using listener_actor = ready_sink_actor::extend<
  // INTERNAL: out of descriptors a moment ago, try again; or sockets of those refused are due.
  caf::reacts_to<tick_atom>,
  // SUPERVISOR: take no more connections.
  caf::reacts_to<close_atom>>;

} // namespace fedhub
