// How a connector comes to be.
#pragma once

#include <caf/fwd.hpp>

#include "actors/dial/address_race.hpp"
#include "actors/dial/connector.hpp"
#include "actors/runtime/network_loop.hpp"

namespace fedhub {

class hub_metrics;

/// Starts a connector for one `connect_atom`. Spawned for each attempt, it ends by itself: after
/// its answer, or by an exit message, which closes all of its sockets.
/// @param metrics counts each attempt's end (`connect_attempts`); may be null.
/// @pre `loop` and `metrics` outlive it.
connector_actor spawn_connector(caf::actor_system& system, network_loop& loop, resolution_ptr to,
                                race_options options = {}, hub_metrics* metrics = nullptr);

} // namespace fedhub
