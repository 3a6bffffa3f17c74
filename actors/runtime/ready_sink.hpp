// The interface between the network loop and the owner of a socket.
#pragma once

#include <caf/atom.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

namespace fedhub {

using ready_atom = caf::atom_constant<caf::atom("ready")>;
inline constexpr ready_atom ready_atom_v{};

/// The READY SINK interface: the message from the network loop to the owner of a socket.
using ready_sink_actor = caf::typed_actor<
  // This descriptor has an event: call `watch::take` first. One message may arrive after the watch
  // has ended.
  caf::reacts_to<ready_atom, int>>;

} // namespace fedhub
