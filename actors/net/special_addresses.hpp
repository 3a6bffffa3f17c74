// Which addresses are globally reachable, by IANA's registries of special-purpose addresses.
#pragma once

#include <array>
#include <cstdint>

namespace fedhub {

/// Returns whether an address is globally reachable. The most specific entry of IANA's IPv4
/// Special-Purpose Address Registry (RFC 6890, RFC 8190) decides. Multicast, and an entry without
/// an answer (deprecated), count as not reachable.
bool is_globally_reachable(const std::array<uint8_t, 4>& ipv4);

/// Returns the same for an IPv6 address. If it carries IPv4 addresses (IPv4-mapped,
/// IPv4-compatible, IPv4-translated, 6to4, NAT64's well-known prefix, Teredo), each of them has to
/// be reachable.
bool is_globally_reachable(const std::array<uint8_t, 16>& ipv6);

} // namespace fedhub
