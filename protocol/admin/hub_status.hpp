// The hub as a whole, as the API shows it.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/admin/domain_row.hpp"
#include "protocol/admin/node_row.hpp"

namespace fedhub::admin {

/// The answer to `GET status`. Sizes are octets.
struct hub_status {
  struct listener {
    std::string key;     ///< "s2s", "nodes", ...; as in the ready line.
    std::string address; ///< with the port, or a path.
  };
  struct certificate {
    std::string name;     ///< of the chain file, or "self-signed".
    double days_left = 0; ///< negative once expired.
  };

  std::string name;
  std::string version;
  std::string_view role = "hub"; ///< a static text.
  clock_time since;
  bool ready = false;
  std::string not_ready; ///< why not; empty if it is ready.
  std::vector<listener> listeners;
  clock_time configured; ///< when the configuration in force was applied.
  bool federates = true;
  std::array<uint64_t, domain_state_count> domains{}; ///< by state.
  /// Streams by leg and state; both are static texts.
  std::map<std::pair<std::string_view, std::string_view>, uint64_t> streams;
  uint64_t queued_stanzas = 0;
  uint64_t queued_bytes = 0;
  uint64_t notifications = 0; ///< open ones.
  std::vector<node_row> nodes;
  std::vector<certificate> certificates;
};

} // namespace fedhub::admin
