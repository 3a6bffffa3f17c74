// The interface of a router's destinations.
#pragma once

#include <memory>

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include "actors/runtime/atoms.hpp"
#include "actors/stanzas/stanza.hpp"

namespace fedhub {

class routing_table;
using routing_table_ptr = std::shared_ptr<const routing_table>;

/// The STANZA SINK interface.
using stanza_sink_actor = caf::typed_actor<
  // Write the stanzas, queue them while there is no stream, or bounce them. Never drop them
  // silently.
  caf::reacts_to<deliver_atom, stanza_batch_ptr>>;

/// The NODE SINK interface: a destination that may share domains with other nodes.
using node_sink_actor = stanza_sink_actor::extend<
  // ROUTER: the new routing table. Pass waiting stanzas that belong to other nodes now on to them,
  // then answer. So stanzas that the router sends to those nodes after the answer can't overtake
  // them.
  caf::replies_to<fence_atom, routing_table_ptr>::with<fence_atom>>;

} // namespace fedhub

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fedhub::routing_table_ptr)
