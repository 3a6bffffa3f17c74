// The changes of a configuration that a running hub cannot apply.
#pragma once

#include <string_view>
#include <vector>

#include "conf/schema/schema.hpp"

namespace fedhub::conf {

/// Returns the keys that differ and that a running hub cannot apply: the instance's identity and
/// threads, and the sockets bound at start. All other changes take effect with the reload.
/// @returns dotted keys in the schema's order; views of constants.
std::vector<std::string_view> keys_needing_restart(const config& old, const config& fresh);

} // namespace fedhub::conf
