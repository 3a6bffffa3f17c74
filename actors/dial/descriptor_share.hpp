// The shares of the process's file descriptors.
#pragma once

#include <cstdint>
#include <optional>

#include "actors/dns/dns_asker.hpp"

namespace fedhub {

/// Returns how many descriptors the process may have open (RLIMIT_NOFILE). Any thread.
uint64_t most_descriptors();

/// Returns the highest limit that the process may set for itself. Any thread.
uint64_t descriptors_to_be_had();

/// Returns about how many descriptors the process has open: the number of the next one. Nothing if
/// none is left. Any thread.
std::optional<uint64_t> open_descriptors();

/// Raises the limit to the highest that the process may set for itself. Called at the start.
void raise_descriptor_limit();

/// Returns the share of connections on the federation listeners, all together: a half.
constexpr uint64_t incoming_descriptors(uint64_t most) { return most / 2; }

/// Returns the number below which descriptors must be that are opened to reach a domain for this
/// party: five eighths of all for strangers' keys, six for remote domains, seven for nodes. The
/// last eighth is for the nodes' own connections, files and DNS. The kernel assigns the lowest free
/// number, so a descriptor's number shows how many are open.
constexpr uint64_t dialing_descriptors(uint64_t most, dns_party party) {
  return most / 8 * (party == dns_party::node ? 7 : party == dns_party::remote ? 6 : 5);
}

} // namespace fedhub
