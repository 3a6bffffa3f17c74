// The order in which servers and addresses are tried.
#pragma once

#include <cstdint>
#include <vector>

#include "actors/dns/spawn_resolver.hpp"

namespace fedhub {

/// Returns a new generator, seeded by the system.
random_draw system_random();

/// Puts targets into the order of RFC 2782: priorities ascending, and a draw by `weight` among
/// targets of equal priority. Weight 0 has a very small chance of coming first. If all weights are
/// 0, each order is equally likely.
void order_targets(std::vector<resolved_target>& targets, const random_draw& draw);

/// Removes duplicates and alternates the families, IPv6 first (RFC 8305 §4). Within a family the
/// order stays the same.
void interleave_families(std::vector<socket_address>& addresses);

} // namespace fedhub
