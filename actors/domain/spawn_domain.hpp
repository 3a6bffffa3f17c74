// How to start the actor of a domain.
#pragma once

#include <memory>

#include <caf/fwd.hpp>

#include "actors/interfaces/domain.hpp"
#include "protocol/text/domain_name.hpp"

namespace fedhub {

struct hub;
/// Starts the actor of a remote domain, or of a local one that an s2s node serves.
domain_actor spawn_domain(caf::actor_system& system, std::shared_ptr<hub> hub, domain_name target,
                          routing_table_ptr table);

} // namespace fedhub
