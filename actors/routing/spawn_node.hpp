// How to start the actor of a component node.
#pragma once

#include <memory>
#include <string>

#include <caf/fwd.hpp>

#include "actors/interfaces/node.hpp"

namespace fedhub {

struct hub;
/// Starts the actor of a component node.
node_actor spawn_node(caf::actor_system& system, std::shared_ptr<hub> hub, std::string name,
                      node_observer_actor observer);

} // namespace fedhub
