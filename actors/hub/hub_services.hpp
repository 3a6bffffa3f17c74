// The parts of one hub that all its actors use and none owns.
#pragma once

#include <cstdint>
#include <memory>

#include "actors/history/history_queue.hpp"
#include "actors/rules/admission.hpp"
#include "actors/rules/attempt_room.hpp"
#include "actors/rules/connection_registry.hpp"
#include "actors/rules/name_forms.hpp"
#include "actors/rules/node_claims.hpp"
#include "actors/rules/open_pings.hpp"
#include "actors/rules/resumable_sessions.hpp"
#include "actors/rules/unauthenticated_memory.hpp"
#include "actors/rules/unverified_servers.hpp"
#include "actors/stanzas/accounting.hpp"
#include "actors/tls/kept_certificates.hpp"
#include "metrics/hub_metrics.hpp"

namespace fedhub {

/// Created before the `hub` that refers to it, and destroyed after the hub's last actor.
///
/// Thread safety: all of it.
struct hub_services {
  /// Connections that are not authenticated may hold the hub-wide memory limit divided by this
  /// number.
  static constexpr int64_t unauthenticated_part = 8;

  /// @param memory_limit of the whole hub, in octets.
  hub_services(hub_metrics& metrics, int64_t memory_limit, const admission_limits& limits)
    : metrics{metrics}, account{metrics, memory_limit}, admission{limits, metrics},
      unauthenticated{memory_limit / unauthenticated_part, metrics.unauthenticated_octets},
      history{std::make_shared<history_queue>(metrics.history_events_lost)} {}

  hub_metrics& metrics;
  accounting account;
  fedhub::admission admission;
  unauthenticated_memory unauthenticated;
  kept_certificates certificates; ///< of peers whose streams are in use.
  connection_registry connections;
  resumable_sessions sessions;   ///< sessions of streams that peers opened.
  unverified_servers unverified; ///< which the log has reported today.
  open_pings pings;              ///< pending pings of all connections.
  name_forms forms;              ///< verdicts on internationalised domains.
  node_claims claims;            ///< claims of components to their nodes.
  attempt_room attempts;         ///< of domain actors to get streams.
  /// Events and management actions until they are written. Its thread may outlive the hub.
  std::shared_ptr<history_queue> history;
};

} // namespace fedhub
