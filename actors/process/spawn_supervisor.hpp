// How to start the supervisor.
#pragma once

#include <memory>
#include <optional>

#include <caf/fwd.hpp>

#include "actors/files/configuration_source.hpp"
#include "actors/interfaces/supervisor.hpp"

namespace fedhub {

struct hub;
/// Starts the supervisor, which starts routers, directory and nodes. Once it has answered
/// `status_atom`, `hub` is ready to accept connections.
/// @param source to reload from; nothing: a reload is refused.
supervisor_actor spawn_supervisor(caf::actor_system& system, std::shared_ptr<hub> hub,
                                  std::optional<configuration_source> source);

} // namespace fedhub
