// The owners of all sockets on which the hub listens.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include <caf/fwd.hpp>
#include <tl/expected.hpp>

#include "actors/admin/admin_server.hpp"
#include "actors/dns/dns_view_server.hpp"
#include "actors/hub/hub.hpp"
#include "actors/interfaces/listener.hpp"
#include "actors/process/listener_change.hpp"
#include "actors/process/listening_sockets.hpp"
#include "metrics/http/http_exporter.hpp"

namespace fedhub {

/// Gives sockets to actors and servers, and takes them back. Streams never end by it, and
/// requests only on `listen.admin`.
///
/// | key | owner |
/// | --- | --- |
/// | `s2s`, `s2s_direct_tls`, `nodes` | a listener actor each |
/// | `dns` | `dns_view_server` |
/// | `metrics` | `http_exporter` |
/// | `admin` | `admin_server`, a server of its own; its connections end with the listener |
/// | `admin.socket` | `admin_server`, in place 0 of its HTTP server |
///
/// A key with an owner of another kind needs a row here: a case in `open_one` and in `end_one`, and
/// the key in `conf::all_listeners`. Everything else (the plan, the way back, `status`) follows.
///
/// Thread safety: any thread may make any call.
class hub_listeners {
public:
  /// @param sockets of the same hub.  @param board shows the listeners in force.
  hub_listeners(std::shared_ptr<listening_sockets> sockets, listening_board_ptr board)
    : sockets_(std::move(sockets)), board_(std::move(board)) {}

  /// Begins to answer scrapes and health checks, so that they can be asked during the start.
  /// @param first of `listening_sockets::prepare_first`; its sockets for metrics are used.
  /// @returns what failed; empty if nothing did.
  std::string serve_metrics(listener_change& first, const hub_metrics& metrics,
                            readiness_probe not_ready, health_probe ailing);
  /// Begins to serve all other listeners.
  /// @param system outlives this.  @param services its hub too.
  void serve(caf::actor_system& system, api_services services, const listener_change_ptr& first);

  /// Puts a change in force, with the configuration that it is for. An empty one is for the DNS
  /// view alone.
  void put_in_force(const conf::config& config, listener_change_ptr change);

  /// Accepts no more connections of streams.
  void stop_accepting();
  /// Ends the HTTP servers at once.
  void stop_http();
  /// Ends the rest. @pre all actors have ended or were told to.
  void stop();

  const std::shared_ptr<listening_sockets>& sockets() const { return sockets_; }

private:
  void carry_out(const conf::config& config, listener_change& change);
  void open_one(const conf::config& config, listener_change::opened opened,
                dns_view_server::listeners& dns);
  void serve_management(const conf::config& config, http_listener listener);
  void end_one(const listener_change::ended& ended, bool replaced, dns_view_server::listeners& dns);
  void report(const listening_places& before, const listening_places& now) const;

  const std::shared_ptr<listening_sockets> sockets_;
  const listening_board_ptr board_;
  std::mutex mutex_; // guards all of these
  bool serving_ = false;
  bool stopped_ = false;
  /// Changes before the hub serves, which the start carries out.
  std::vector<std::pair<std::shared_ptr<const conf::config>, listener_change_ptr>> early_;
  caf::actor_system* system_ = nullptr;
  hub_ptr hub_;
  std::unordered_map<uint64_t, listener_actor> streams_;
  std::unique_ptr<dns_view_server> dns_view_;
  std::unique_ptr<http_exporter> exporter_;
  std::unique_ptr<admin_server> management_;
};

} // namespace fedhub
