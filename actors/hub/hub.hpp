// The parts that all actors of one hub share: its services, and the settings in force.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <caf/allowed_unsafe_message_type.hpp>

#include "actors/interfaces/admin.hpp"
#include "actors/interfaces/directory.hpp"
#include "actors/interfaces/router.hpp"

namespace fedhub {

class accounting;
class admission;
class attempt_room;
class connection_registry;
class dns_view_server;
class health;
class history_queue;
class hub_metrics;
class kept_certificates;
class name_forms;
class network_loop;
class node_claims;
class open_pings;
class resumable_sessions;
class unauthenticated_memory;
class unverified_servers;
struct hub_services;
struct settings;

using settings_ptr = std::shared_ptr<const settings>; ///< see actors/hub/settings.hpp

/// Leads each actor to the parts that all actors of one hub share, and to the settings in force.
/// Created before the first actor. All handles are set before the first connection is accepted, and
/// released at the end.
///
/// Thread safety: all of it. Settings and table are replaced atomically.
struct hub {
  /// @param services must outlive every actor of the hub, as `loop` must.
  hub(hub_services& services, network_loop& loop, settings_ptr in_force);

  hub_metrics& metrics;
  network_loop& loop;
  accounting& account;
  fedhub::admission& admission;
  unauthenticated_memory& unauthenticated;
  kept_certificates& certificates;
  connection_registry& connections;
  resumable_sessions& sessions;
  unverified_servers& unverified;
  open_pings& pings;
  name_forms& forms;
  node_claims& claims;
  attempt_room& attempts;
  history_queue& history;

  std::atomic<bool> draining{false}; ///< the hub's stop has begun.

  /// The nodes' DNS view; null: there is no `listen.dns`.
  dns_view_server* dns_view = nullptr;

  directory_actor directory;
  admin_actor admin; ///< null: nobody can ask about the hub.
  std::vector<router_actor> routers;
  fedhub::health* health = nullptr; ///< the scheduler's; null: health is not checked.

  /// Returns why the configuration on disk is not in force; null if it is, or has not been read.
  std::shared_ptr<const std::string> rejection() const { return rejection_.load(); }
  void configuration_rejected(std::string why) {
    rejection_.store(std::make_shared<const std::string>(std::move(why)));
  }
  void configuration_applied() { rejection_.store(nullptr); }

  settings_ptr current() const { return settings_.load(); }
  void replace(settings_ptr next) { settings_.store(std::move(next)); }

  /// Returns the routing table in force; never null once the hub runs.
  routing_table_ptr table() const { return table_.load(); }
  void replace(routing_table_ptr next) { table_.store(std::move(next)); }

  /// Returns the router for a source: always the same one for a given `key`, which keeps the order.
  const router_actor& router_for(uint64_t key) const { return routers[key % routers.size()]; }

  /// Returns a number that no other connection has.
  uint64_t next_id() { return next_id_.fetch_add(1, std::memory_order_relaxed); }

private:
  std::atomic<std::shared_ptr<const std::string>> rejection_;
  std::atomic<settings_ptr> settings_;
  std::atomic<routing_table_ptr> table_;
  std::atomic<uint64_t> next_id_{1};
};
using hub_ptr = std::shared_ptr<hub>;

} // namespace fedhub
