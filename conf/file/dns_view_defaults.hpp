// Defaults of [dns_view] that depend on the rest of the configuration.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "conf/schema/schema.hpp"

namespace fedhub::conf {

/// Returns the clients that get answers: `dns_view.allow`, else `trusted_from` of all s2s nodes.
std::vector<ip_network> dns_view_clients(const config& whole);

/// Returns the address of `dns_view.name`: `dns_view.address`, else the first address of
/// `listen.nodes` that is not a loopback address, else the first one.
/// @returns nothing if that address is a wildcard, or if there is none.
std::optional<ip_address> dns_view_address(const config& whole);

/// Returns the index of the one of `listen.nodes` that a node reaches at `dns_view_address`: one at
/// exactly that address, else a wildcard, else any other.
/// @pre `listen.nodes` is not empty.
size_t dns_view_listener(const config& whole);

} // namespace fedhub::conf
