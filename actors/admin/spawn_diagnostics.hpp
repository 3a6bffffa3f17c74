// Starts the diagnostics actor.
#pragma once

#include <caf/fwd.hpp>

#include "actors/hub/hub.hpp"
#include "actors/hub/listening_places.hpp"
#include "actors/interfaces/diagnostics.hpp"

namespace fedhub {

class history_reader;

/// Starts the diagnostics actor. It ends with `exit_reason::user_shutdown`.
/// @param past outlives the actor; null: there is no history.
/// @pre `hub->admin` is set.
diagnostics_actor spawn_diagnostics(caf::actor_system& system, hub_ptr hub,
                                    listening_board_ptr listeners, history_reader* past = nullptr);

} // namespace fedhub
