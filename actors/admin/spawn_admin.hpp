// Starts the admin actor.
#pragma once

#include <string>
#include <vector>

#include <caf/fwd.hpp>

#include "actors/hub/hub.hpp"
#include "actors/interfaces/admin.hpp"

namespace fedhub {

/// What the admin actor knows from the start.
struct admin_seed {
  admin::clock_time since; ///< when the hub started.
  std::vector<admin::hub_status::listener> listeners;
};

/// Starts the admin actor. It ends with `exit_reason::user_shutdown`.
admin_actor spawn_admin(caf::actor_system& system, hub_ptr hub, admin_seed seed);

} // namespace fedhub
