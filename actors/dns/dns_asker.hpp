// For whom DNS is asked.
#pragma once

#include <cstdint>

#include "actors/net/address_group.hpp"

namespace fedhub {

/// Whom a search is for. Who stands first goes first.
enum class dns_party : uint8_t {
  node,     ///< a stanza or a stream of a node's.
  remote,   ///< a remote domain's authenticated stream.
  stranger, ///< a stream that has proved nothing yet.
};

/// Who wants a search to be made.
struct dns_asker {
  dns_party party = dns_party::node;
  address_group from = {}; ///< not of `node`.
};

} // namespace fedhub
