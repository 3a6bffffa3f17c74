// The listener: takes connections from one listening socket.
#pragma once

#include <memory>

#include "actors/atoms.hpp"
#include "actors/socket.hpp"
#include "metrics/labels.hpp"

namespace fedhub {

/// The LISTENER interface.
using listener_actor = ready_sink_actor::extend<
  // INTERNAL: out of descriptors a moment ago, try again; or sockets of those refused are due.
  caf::reacts_to<tick_atom>,
  // SUPERVISOR: take no more connections.
  caf::reacts_to<close_atom>>;

struct hub;
/// Starts the actor of a listening socket.
listener_actor spawn_listener(caf::actor_system& system, std::shared_ptr<hub> hub, unique_fd socket,
                              listener_kind kind);

} // namespace fedhub
