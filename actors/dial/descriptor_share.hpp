// Who may use how many of the process's file descriptors.
#pragma once

#include <cstdint>

#include "actors/dns/dns_asker.hpp"

namespace fedhub {

/// Returns how many descriptors the process may have open (RLIMIT_NOFILE). Any thread.
uint64_t most_descriptors();

/// Returns how many it may give itself. Any thread.
uint64_t descriptors_to_be_had();

/// Raises that to as many as the process may give itself. For its start.
void raise_descriptor_limit();

/// Of all: a half for connections that come from the world, all listeners together.
constexpr uint64_t incoming_descriptors(uint64_t most) { return most / 2; }

/// Returns below which number a descriptor may be that is opened to reach a domain for this party:
/// five eighths of all for strangers' keys, six for remote domains, seven for nodes. The last
/// eighth is for the nodes' own connections, files and DNS. The kernel gives the lowest number that
/// is free, so the number tells how many are open.
constexpr uint64_t dialing_descriptors(uint64_t most, dns_party party) {
  return most / 8 * (party == dns_party::node ? 7 : party == dns_party::remote ? 6 : 5);
}

} // namespace fedhub
