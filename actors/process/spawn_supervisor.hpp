// How the supervisor comes to be.
#pragma once

#include <memory>
#include <optional>

#include <caf/fwd.hpp>

#include "actors/files/configuration_source.hpp"
#include "actors/interfaces/supervisor.hpp"

namespace fedhub {

struct hub;
/// Starts the supervisor and with it routers, directory and nodes; afterwards `hub` is ready to
/// take connections.
/// @param source to reload from; none: a reload is refused.
supervisor_actor spawn_supervisor(caf::actor_system& system, std::shared_ptr<hub> hub,
                                  std::optional<configuration_source> source);

} // namespace fedhub
