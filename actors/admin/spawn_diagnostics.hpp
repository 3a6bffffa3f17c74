// Starts the diagnostics actor.
#pragma once

#include <vector>

#include <caf/fwd.hpp>

#include "actors/admin/published_service.hpp"
#include "actors/hub/hub.hpp"
#include "actors/interfaces/diagnostics.hpp"

namespace fedhub {

/// Starts the diagnostics actor. It ends with `exit_reason::user_shutdown`.
/// @param listeners of remote servers.
/// @pre `hub->admin` is set.
diagnostics_actor spawn_diagnostics(caf::actor_system& system, hub_ptr hub,
                                    std::vector<own_listener> listeners);

} // namespace fedhub
