// The router: passes batches from sources to destinations.
#pragma once

#include <memory>

#include "actors/interfaces/reload_round.hpp"
#include "actors/interfaces/stanza_sink.hpp"
#include "actors/runtime/atoms.hpp"
#include "protocol/text/domain_name.hpp"

namespace fedhub {

/// The ROUTER interface.
using router_actor = caf::typed_actor<
  // Look up the destinations and send one batch to each. Bounce stanzas without a destination.
  caf::reacts_to<route_atom, stanza_batch_ptr>,
  // A new routing table is in force.
  caf::reacts_to<table_atom, routing_table_ptr>,
  // SUPERVISOR: stanzas that were on their way under the former table have arrived here. Answer
  // those that the new rules deny.
  caf::reacts_to<sweep_atom, reload_round_ptr>,
  // DIRECTORY: the actor of a domain that was looked up; null if there are too many domains.
  caf::reacts_to<found_atom, domain_name, stanza_sink_actor>,
  // DIRECTORY: the domain's actor wants to end. Forget it, then answer.
  caf::replies_to<forget_atom, domain_name>::with<forget_atom>,
  // SUPERVISOR: answer, to show that this router works.
  caf::replies_to<status_atom>::with<status_atom>>;

} // namespace fedhub
