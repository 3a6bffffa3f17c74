// What [dns_view] stands for where it leaves something to the rest of the configuration.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "conf/schema/schema.hpp"

namespace fedhub::conf {

/// Who is answered: `dns_view.allow`, else `trusted_from` of all s2s nodes.
std::vector<network> dns_view_clients(const config& x);

/// The address of `dns_view.name`: `dns_view.address`, else the first one of `listen.nodes` that
/// is no loopback address, else the first one.
/// @returns nothing if that is a wildcard, or if there is none.
std::optional<ip_address> dns_view_address(const config& x);

/// Which one of `listen.nodes` a node reaches at `dns_view_address`: its index. The one at that
/// very address goes before a wildcard, a wildcard before any other.
/// @pre `listen.nodes` is not empty.
size_t dns_view_listener(const config& x);

} // namespace fedhub::conf
