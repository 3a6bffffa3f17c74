// The one thing that a router asks of a destination.
#pragma once

#include "actors/atoms.hpp"
#include "actors/stanza.hpp"

namespace fedhub {

/// The STANZA SINK interface.
using stanza_sink_actor = caf::typed_actor<
  // Write the stanzas, queue them while there is no stream, or bounce them. Never drop them unsaid.
  caf::reacts_to<deliver_atom, stanza_batch_ptr>>;

/// The NODE SINK interface: a destination that others can stand in for.
using node_sink_actor = stanza_sink_actor::extend<
  // ROUTER: the routing table has changed. Pass what waits here for somebody else on to them, then
  // answer: so that what the router sends them after the answer can't overtake it.
  caf::replies_to<fence_atom>::with<fence_atom>>;

} // namespace fedhub
