// How to start the directory.
#pragma once

#include <cstddef>
#include <memory>

#include <caf/fwd.hpp>

#include "actors/interfaces/directory.hpp"

namespace fedhub {

struct hub;
directory_actor spawn_directory(caf::actor_system& system, std::shared_ptr<hub> hub,
                                routing_table_ptr table, size_t most = max_domains);

} // namespace fedhub
