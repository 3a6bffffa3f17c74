// The party for which a DNS search is made.
#pragma once

#include <cstdint>

#include "actors/net/address_group.hpp"

namespace fedhub {

/// The party that a search is for, in order of precedence: `node` comes first.
enum class dns_party : uint8_t {
  node,     ///< a node's stanza or stream needs it.
  remote,   ///< an authenticated stream of a remote domain needs it.
  stranger, ///< a stream that is not authenticated needs it.
};

/// The party and the address that cause a search.
struct dns_asker {
  dns_party party = dns_party::node;
  address_group from = {}; ///< unused for `node`.
};

} // namespace fedhub
