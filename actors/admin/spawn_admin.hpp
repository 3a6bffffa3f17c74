// Starts the admin actor.
#pragma once

#include <caf/fwd.hpp>

#include "actors/hub/hub.hpp"
#include "actors/hub/listening_places.hpp"
#include "actors/interfaces/admin.hpp"

namespace fedhub {

/// What the admin actor knows from the start.
struct admin_seed {
  admin::clock_time since; ///< when the hub started.
  listening_board_ptr listeners;
  /// The actor has a thread of its own, so that its answers do not wait for stanzas that the
  /// scheduler's workers pass on. Not with a scheduler for tests.
  bool own_thread = false;
};

/// Starts the admin actor. It ends with `exit_reason::user_shutdown`.
admin_actor spawn_admin(caf::actor_system& system, hub_ptr hub, admin_seed seed);

} // namespace fedhub
