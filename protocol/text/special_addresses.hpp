// Which addresses the world can reach: IANA's registries of special-purpose addresses.
#pragma once

#include "protocol/text/ip_address.hpp"

namespace fedhub {

/// Returns whether an address is globally reachable. The most specific entry of IANA's IPv4 or IPv6
/// Special-Purpose Address Registry (RFC 6890, RFC 8190) decides. An entry without an answer
/// (deprecated) and multicast count as not reachable. If an IPv6 address carries IPv4 addresses
/// (IPv4-compatible, IPv4-translated, 6to4, NAT64's well-known prefix, Teredo), each of them must
/// be reachable.
bool is_globally_reachable(const ip_address& address);

} // namespace fedhub
