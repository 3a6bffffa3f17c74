// The state of the supervisor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/system_messages.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "actors/hub/hub.hpp"
#include "actors/log/peer_log.hpp"
#include "actors/process/configuration_files.hpp"
#include "actors/process/drain_plan.hpp"
#include "actors/process/reload_rounds.hpp"
#include "metrics/gauge_share.hpp"

namespace fedhub {

/// Starts all other actors, and makes them reload, drain and stop. Its parts are in
/// `supervisor.cpp` (start, health, probes), `supervisor_nodes.cpp`, `supervisor_reload.cpp` and
/// `supervisor_drain.cpp`.
struct supervisor_state {
  static inline const char* name = "fedhub.supervisor";

  explicit supervisor_state(supervisor_actor::pointer self) : self(self) {}
  ~supervisor_state() { on_line_left_out({}); }

  struct known_node {
    node_actor actor; ///< of a component node; s2s nodes have none.
    bool live = false;
    bool awaited = true; ///< stanzas wait for it while it is not live.
  };

  void start(hub_ptr its_hub, std::optional<configuration_source> source);
  /// Begins a round of health, in which all workers and routers have to answer.
  void on_beat();
  /// Schedules the next measurement of the time that a message to an idle actor, this one, has to
  /// wait.
  void probe();
  void on_probe();
  void on_probe(int64_t sent);
  /// Renews the self-signed certificate when it is due. Existing streams stay, with the certificate
  /// that they have shown.
  void renew_certificate(std::chrono::sys_seconds wall_clock);
  static void not_renewed(const std::string& why);
  /// Starts a new resolver, since the old one has failed. Its end has answered all pending
  /// questions.
  void on_down(const caf::down_msg& message);

  // -- supervisor_nodes.cpp

  /// Starts actors for new component nodes, and ends the actors of nodes that are gone or have
  /// another secret.
  void apply_nodes(const conf::config& config);
  node_actor start_node(const std::string& node);
  routing_table_ptr make_table(const conf::config& config) const;
  void publish();
  /// @param awaited stanzas wait for the node if it is not live.
  void on_node(const std::string& name, bool live, bool awaited);
  /// Returns whether the node shares a domain with other nodes, which may stand in for it.
  bool shares(const std::string& name) const;
  /// Handles the end of a linked actor: the one that ends the hub, a node that is not configured
  /// any more, or a node that failed.
  void on_exit(const caf::exit_msg& message);

  // -- supervisor_reload.cpp

  bool reject(const std::string& why, const std::string& first_problem = {});
  /// Records in history and audit how a reload has ended.
  void record_reload(std::string outcome);
  /// Begins to apply a configuration that was read. @returns whether it is being applied;
  /// `end_reload` then reports the end.
  bool use(const configuration_read& outcome);
  /// Reports the end of a reload. Called when no actor follows the former rules any more, or the
  /// reload has taken too long.
  void end_reload();
  /// Reports that an operator's order has put a configuration in force: in log and audit. All such
  /// changes pass here.
  void report_change(const configuration_order& order, const configuration_outcome& outcome);
  void on_round(uint64_t round);
  void on_late_reload(uint64_t number);
  void apply(const configuration_read& read);
  void warn_of_certificates(const settings& rules);
  void declare_names(const settings& rules);

  // -- supervisor_drain.cpp

  caf::typed_response_promise<stop_atom> on_stop();
  static link_end_ptr stop_reason();
  void drain_connections(drain_stage stage);
  void on_tick();
  void close_all();

  time_point now() const { return self->home_system().clock().now(); }

  supervisor_actor::pointer self; ///< outlives this state.
  hub_ptr hub;
  std::unique_ptr<configuration_files> files;
  std::map<std::string, known_node> nodes;
  std::map<std::string, conf::secret> secrets; ///< of component nodes, to detect a change.
  time_point next_renewal{};                   ///< the earliest time for the next renewal.
  drain_plan plan;
  bool was_settled = false;     ///< at the last check.
  size_t unanswered_drains = 0; ///< connections that have not yet answered `drain_atom`.
  std::vector<caf::typed_response_promise<stop_atom>> waiting;
  reload_rounds rounds;
  /// The file that the current rounds apply; nothing: none, or a renewal.
  std::optional<std::filesystem::path> reloaded;
  gauge_share share;
};

} // namespace fedhub
