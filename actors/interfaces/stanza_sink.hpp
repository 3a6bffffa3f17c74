// The one thing that a router asks of a destination.
#pragma once

#include <memory>

#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include "actors/runtime/atoms.hpp"
#include "actors/stanzas/stanza.hpp"

namespace fedhub {

class routing_table;
using routing_table_ptr = std::shared_ptr<const routing_table>;

/// The STANZA SINK interface.
using stanza_sink_actor = caf::typed_actor<
  // Write the stanzas, queue them while there is no stream, or bounce them. Never drop them unsaid.
  caf::reacts_to<deliver_atom, stanza_batch_ptr>>;

/// The NODE SINK interface: a destination that others can stand in for.
using node_sink_actor = stanza_sink_actor::extend<
  // ROUTER: this is the new routing table. Pass what waits here for somebody else on to them, then
  // answer: so that what the router sends them after the answer can't overtake it.
  caf::replies_to<fence_atom, routing_table_ptr>::with<fence_atom>>;

} // namespace fedhub
