// One life of a hub, from its start to the end of its last actor. The model runs the real actors
// one message at a time, and turns their clock.
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
#include "actors/hub/hub_services.hpp"
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
  hub_life(world& world, seams& machine, const std::filesystem::path& file);
  ~hub_life();

  /// Has a peer connect. @param nodes whether to the nodes' listener.
  void connect_in(bool nodes, unique_fd hub_end, const socket_address& from);

  /// Asks the hub to read the configuration again.
  void reload();
  /// Called when all actors have applied a configuration, or it was rejected.
  std::function<void(reload_result)> on_reloaded;
  /// Begins the drain.
  void stop();
  bool stopped() const { return *stopped_; }

  /// Polls the network and runs `messages` messages of actors, in any order.
  void run_some(size_t messages);
  /// Runs until no message is left. @returns whether there was any.
  bool run_all();
  /// Returns the next deadline; `time_point::max()` if there is none.
  time_point next_due() const;
  /// Turns the clock forward. @pre nothing is due earlier.
  void turn_clock(duration time);
  time_point now() { return scheduler_->clock().now(); }
  /// Returns the number of messages so far.
  uint64_t handled() const { return handled_; }
  /// Returns, for reports, the actors whose messages came due at this moment.
  std::string due_now() const;

  /// Ends all actors. @returns the number of actors that did not end.
  size_t end();

  /// Returns what each connection holds.
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
  std::unique_ptr<hub_services> services_; ///< used by actors, so they outlive `system_`.
  caf::actor_system_config system_config_;
  std::unique_ptr<caf::actor_system> system_;
  caf::scheduler::test_coordinator* scheduler_ = nullptr;
  hub_ptr hub_;
  supervisor_actor supervisor_;
  int doors_[2] = {
    -1, -1}; ///< listening descriptors, owned by the listeners; the second one is for nodes.
  std::vector<listener_actor> listeners_;
  std::shared_ptr<bool> stopped_ = std::make_shared<bool>(false);
  uint64_t handled_ = 0;
  double reloads_[2] = {0, 0}; ///< reloads reported so far, by result.
};

} // namespace fedhub::model
