// In which order servers and addresses are tried.
#pragma once

#include <cstdint>
#include <vector>

#include "actors/dns/spawn_resolver.hpp"

namespace fedhub {

/// A generator of its own, seeded by the system.
random_draw system_random();

/// Puts targets into the order of RFC 2782: priorities ascending; among equals, a draw weighted by
/// `weight`, in which weight 0 has a very small chance of coming first, and nothing but zeros is a
/// fair draw.
void order_targets(std::vector<resolved_target>& targets, const random_draw& draw);

/// Removes duplicates and lets families take turns, IPv6 first (RFC 8305 §4); within a family the
/// order stays.
void interleave_families(std::vector<socket_address>& addresses);

} // namespace fedhub
