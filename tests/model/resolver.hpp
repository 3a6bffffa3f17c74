// A resolver that knows the model's domains.
#pragma once

#include <string>
#include <string_view>

#include <caf/actor_system.hpp>

#include "actors/dns/resolver.hpp"
#include "tests/model/world.hpp"

namespace fedhub::model {

/// Starts the resolver. It answers at once; for a domain whose mood is `silent` it answers after
/// the time-out of the hub's own resolver.
resolver_actor spawn_model_resolver(caf::actor_system& system, world& world);

/// Returns the address of a remote domain's server. Several domains may share one.
socket_address address_of(std::string_view domain);

} // namespace fedhub::model
