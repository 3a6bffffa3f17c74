// How to start a connector.
#pragma once

#include <caf/fwd.hpp>

#include "actors/dial/address_race.hpp"
#include "actors/dial/connector.hpp"
#include "actors/runtime/network_loop.hpp"

namespace fedhub {

class hub_metrics;

/// Starts a connector for one `connect_atom`. It ends after its answer, or by an exit message; both
/// close all sockets that it still has.
/// @param metrics counts the end of each attempt (`connect_attempts`); may be null.
/// @pre `loop` and `metrics` outlive it.
connector_actor spawn_connector(caf::actor_system& system, network_loop& loop, resolution_ptr to,
                                race_options options = {}, hub_metrics* metrics = nullptr);

} // namespace fedhub
