// The parts that all actors of one hub share: its services, and the settings in force.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include <caf/allowed_unsafe_message_type.hpp>

#include "actors/hub/settings.hpp"
#include "actors/interfaces/directory.hpp"
#include "actors/interfaces/router.hpp"
#include "actors/rules/admission.hpp"
#include "actors/rules/connection_registry.hpp"
#include "actors/rules/name_forms.hpp"
#include "actors/rules/node_claims.hpp"
#include "actors/rules/open_pings.hpp"
#include "actors/rules/resumable_sessions.hpp"
#include "actors/rules/routing_table.hpp"
#include "actors/rules/unauthenticated_memory.hpp"
#include "actors/rules/unverified_servers.hpp"
#include "actors/runtime/health.hpp"
#include "actors/runtime/network_loop.hpp"
#include "actors/stanzas/accounting.hpp"
#include "actors/tls/kept_certificates.hpp"
#include "metrics/hub_metrics.hpp"

namespace fedhub {

class dns_view_server;

/// Holds the shared parts of one hub. Created before the first actor. All handles are set before
/// the first connection is accepted, and released at the end.
///
/// Thread safety: all of it. Settings and table are replaced atomically.
struct hub {
  hub(hub_metrics& metrics, network_loop& loop, int64_t memory_limit, admission_limits limits,
      settings_ptr x)
    : metrics(metrics), loop(loop), account(metrics, memory_limit), admission(limits, metrics),
      unauthenticated(memory_limit / unauthenticated_part, metrics.unauthenticated_octets),
      settings_(std::move(x)) {}

  hub_metrics& metrics;
  network_loop& loop;
  accounting account;
  fedhub::admission admission;
  /// Connections that are not authenticated may hold the hub-wide memory limit divided by this
  /// number.
  static constexpr int64_t unauthenticated_part = 8;
  unauthenticated_memory unauthenticated;

  kept_certificates certificates; ///< of peers whose streams are in use.
  connection_registry connections;
  resumable_sessions sessions;       ///< sessions of streams that peers opened.
  unverified_servers unverified;     ///< which the log has reported today.
  open_pings pings;                  ///< pending pings of all connections.
  name_forms forms;                  ///< verdicts on internationalised domains.
  node_claims claims;                ///< claims of components to their nodes.
  std::atomic<bool> draining{false}; ///< the hub's stop has begun.

  /// The nodes' DNS view; null: there is no `listen.dns`.
  dns_view_server* dns_view = nullptr;

  directory_actor directory;
  std::vector<router_actor> routers;
  fedhub::health* health = nullptr; ///< the scheduler's; null: health is not checked.

  settings_ptr current() const { return settings_.load(); }
  void replace(settings_ptr x) { settings_.store(std::move(x)); }

  /// Returns the routing table in force; never null once the hub runs.
  routing_table_ptr table() const { return table_.load(); }
  void replace(routing_table_ptr x) { table_.store(std::move(x)); }

  /// Returns the router for a source: always the same one for a given `key`, which keeps the order.
  const router_actor& router_for(uint64_t key) const { return routers[key % routers.size()]; }

  /// Returns a number that no other connection has.
  uint64_t next_id() { return next_id_.fetch_add(1, std::memory_order_relaxed); }

private:
  std::atomic<settings_ptr> settings_;
  std::atomic<routing_table_ptr> table_;
  std::atomic<uint64_t> next_id_{1};
};
using hub_ptr = std::shared_ptr<hub>;

} // namespace fedhub
