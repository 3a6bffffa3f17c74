// The search for the TLSA records of one stream's peer.
#pragma once

#include <optional>
#include <vector>

#include "actors/dns/dns_asker.hpp"
#include "actors/dns/resolver.hpp"
#include "protocol/events/stream_header.hpp"

namespace fedhub {

/// The TLSA records that a connection still has to ask for.
struct dane_search {
  std::vector<tlsa_endpoint> endpoints;
  /// Incoming: the peer's header, held until the answers are there.
  std::optional<stream_header> header;
  dns_asker asker;
};

} // namespace fedhub
