// One life of a hub, from its start to the end of its last actor: the real actors, run one message
// at a time by the model, on a clock that the model turns.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include "actors/connection/connection_state.hpp"
#include "actors/hub/hub.hpp"
#include "actors/interfaces/listener.hpp"
#include "actors/interfaces/supervisor.hpp"
#include "actors/stanzas/account_balance.hpp"
#include "tests/model/resolver.hpp"
#include "tests/model/seams.hpp"
#include "tests/model/world.hpp"

namespace fedhub::model {

class hub_life {
public:
  using duration = std::chrono::nanoseconds;

  /// @param file the configuration.
  hub_life(world& x, seams& machine, const std::filesystem::path& file);
  ~hub_life();

  /// A peer connects. @param nodes to the nodes' listener.
  void connect_in(bool nodes, unique_fd hub_end, const socket_address& from);

  /// Asks for the configuration to be read again.
  void reload();
  /// Called once a configuration has been applied by all actors, or rejected.
  std::function<void(reload_result)> on_reloaded;
  /// Begins to drain.
  void stop();
  bool stopped() const { return *stopped_; }

  /// Looks at the network and runs so many messages, of actors in any order.
  void run_some(size_t messages);
  /// Runs all that there is to do. @returns whether there was anything.
  bool run_all();
  /// When something is due next; `time_point::max()` if nothing is.
  time_point next_due() const;
  /// @pre nothing is due earlier
  void turn_clock(duration x);
  time_point now() { return scheduler_->clock().now(); }
  /// Messages so far.
  uint64_t handled() const { return handled_; }
  /// Actors whose messages came due at this moment, for reports.
  std::string due_now() const;

  /// Ends all actors. @returns how many did not end.
  size_t end();

  /// What each connection holds.
  std::vector<connection_state::holdings> connections() const;

  hub& the_hub() { return *hub_; }
  hub_metrics& metrics() { return metrics_; }

private:
  void run_job();
  void look_for_reloads();

  world& world_;
  seams& machine_;
  hub_metrics metrics_{"model"};
  network_loop loop_{network_loop::driver::callers};
  caf::actor_system_config system_config_;
  std::unique_ptr<caf::actor_system> system_;
  caf::scheduler::test_coordinator* scheduler_ = nullptr;
  hub_ptr hub_;
  supervisor_actor supervisor_;
  int doors_[2] = {-1, -1}; ///< owned by the listeners; the second one is for nodes.
  std::vector<listener_actor> listeners_;
  std::shared_ptr<bool> stopped_ = std::make_shared<bool>(false);
  uint64_t handled_ = 0;
  double reloads_[2] = {0, 0}; ///< reported, by result.
};

} // namespace fedhub::model
