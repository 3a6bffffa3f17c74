// What a running hub can take from a new configuration.
#pragma once

#include <string_view>
#include <vector>

#include "conf/schema/schema.hpp"

namespace fedhub::conf {

/// The keys that differ and that a running hub can't apply: the instance's identity and threads,
/// and the sockets that it bound at start. Everything not named here takes effect with the reload.
/// @returns dotted keys in the schema's order; views of constants.
std::vector<std::string_view> what_needs_restart(const config& old, const config& fresh);

} // namespace fedhub::conf
