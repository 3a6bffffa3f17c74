// The router: takes batches from sources to destinations.
#pragma once

#include <memory>

#include "actors/interfaces/reload_round.hpp"
#include "actors/interfaces/stanza_sink.hpp"
#include "actors/runtime/atoms.hpp"
#include "protocol/text/domain_name.hpp"

namespace fedhub {

/// The ROUTER interface.
using router_actor = caf::typed_actor<
  // Look up each stanza's destination and send one batch to each; what has none is bounced.
  caf::reacts_to<route_atom, stanza_batch_ptr>,
  // A new routing table is in force.
  caf::reacts_to<table_atom, routing_table_ptr>,
  // SUPERVISOR: what was on its way by the former table is here. Answer what must not go on.
  caf::reacts_to<sweep_atom, reload_round_ptr>,
  // DIRECTORY: this is the actor of a domain that was asked for; null if there are too many
  // domains.
  caf::reacts_to<found_atom, domain_name, stanza_sink_actor>,
  // DIRECTORY: the domain's actor wants to end. Use it no more, then say so by the answer.
  caf::replies_to<forget_atom, domain_name>::with<forget_atom>,
  // SUPERVISOR: are you there?
  caf::replies_to<status_atom>::with<status_atom>>;

} // namespace fedhub
