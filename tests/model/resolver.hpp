// A resolver that knows the model's domains.
#pragma once

#include <string>
#include <string_view>

#include <caf/actor_system.hpp>

#include "actors/dns/resolver.hpp"
#include "tests/model/world.hpp"

namespace fedhub::model {

/// Starts it. It answers at once, or, where the domain's mood is `silent`, after the time that the
/// hub's own resolver has.
resolver_actor spawn_model_resolver(caf::actor_system& system, world& x);

/// The address of a remote domain's server; several domains may share one.
socket_address address_of(std::string_view domain);

} // namespace fedhub::model
