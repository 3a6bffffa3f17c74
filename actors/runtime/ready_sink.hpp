// What the network loop asks of a socket's owner.
#pragma once

#include <caf/atom.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

namespace fedhub {

using ready_atom = caf::atom_constant<caf::atom("ready")>;
inline constexpr ready_atom ready_atom_v{};

/// The READY SINK interface: what the network loop asks of a socket's owner.
using ready_sink_actor = caf::typed_actor<
  // There is news about this descriptor: call `watch::take` first. May come once after the watch
  // has ended.
  caf::reacts_to<ready_atom, int>>;

} // namespace fedhub
