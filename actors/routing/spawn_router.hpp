// How to start a router.
#pragma once

#include <cstdint>
#include <memory>

#include <caf/fwd.hpp>

#include "actors/interfaces/router.hpp"

namespace fedhub {

struct hub;
/// Starts a router.
router_actor spawn_router(caf::actor_system& system, std::shared_ptr<hub> hub,
                          routing_table_ptr table, uint64_t index);

} // namespace fedhub
