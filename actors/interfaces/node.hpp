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
  // SUPERVISOR: what was on its way by the former table is here. Answer what must not go on.
  caf::reacts_to<sweep_atom, reload_round_ptr>,
  // SUPERVISOR: the hub stops, for this reason. Bounce what waits for a link; take what the link is
  // there for.
  caf::reacts_to<drain_atom, link_end_ptr>,
  // SUPERVISOR: bounce what waits and close the link, saying why: the hub stops, or the node is
  // configured no more.
  caf::reacts_to<close_atom, link_end_ptr>,
  // INTERNAL: something may be due.
  caf::reacts_to<tick_atom>>;

/// What the supervisor hears of nodes.
using node_observer_actor = caf::typed_actor<
  // The node has a link now, or none any more. It is awaited from then on.
  caf::reacts_to<node_up_atom, std::string>, caf::reacts_to<node_down_atom, std::string>,
  // It has had none for so long that it is awaited no more.
  caf::reacts_to<node_away_atom, std::string>>;

} // namespace fedhub
