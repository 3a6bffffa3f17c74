// How to start a listener.
#pragma once

#include <memory>

#include <caf/fwd.hpp>

#include "actors/interfaces/listener.hpp"
#include "metrics/labels.hpp"
#include "metrics/sockets/unique_fd.hpp"

namespace fedhub {

struct hub;
/// Starts the actor of a listening socket.
listener_actor spawn_listener(caf::actor_system& system, std::shared_ptr<hub> hub, unique_fd socket,
                              listener_kind kind);

} // namespace fedhub
