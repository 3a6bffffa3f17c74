// The node: a component node, its link and its queue.
#pragma once

#include <memory>
#include <string>

#include "actors/interfaces/connection.hpp"
#include "actors/interfaces/stanza_sink.hpp"

namespace fedhub {

/// The NODE interface.
using node_actor = link_owner_actor::extend<
  // ROUTER: see `node_sink_actor`.
  caf::replies_to<fence_atom, routing_table_ptr>::with<fence_atom>,
  // SUPERVISOR: stanzas that were on their way under the former table have arrived here. Answer
  // those that the new rules deny.
  caf::reacts_to<sweep_atom, reload_round_ptr>,
  // SUPERVISOR: the hub stops, for this reason. Bounce stanzas that wait for a link; go on passing
  // stanzas to a link.
  caf::reacts_to<drain_atom, link_end_ptr>,
  // SUPERVISOR: bounce all waiting stanzas, and close the link for this reason: the hub stops, or
  // the node is not configured any more.
  caf::reacts_to<close_atom, link_end_ptr>,
  // INTERNAL: a deadline may have passed.
  caf::reacts_to<tick_atom>>;

/// The NODE OBSERVER interface: the messages of nodes to the supervisor.
using node_observer_actor = caf::typed_actor<
  // The node has a link now; or it has lost its link, and is awaited from then on.
  caf::reacts_to<node_up_atom, std::string>, caf::reacts_to<node_down_atom, std::string>,
  // The node has had no link for so long that it is not awaited any more.
  caf::reacts_to<node_away_atom, std::string>>;

} // namespace fedhub
