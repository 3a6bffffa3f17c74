// The scheduler of the hub's actors: CAF's work stealing, with idle workers that wait for the
// network.
#pragma once

#include <memory>

#include <caf/actor_system_config.hpp>

#include "actors/runtime/health.hpp"
#include "actors/runtime/network_loop.hpp"

namespace fedhub {

/// The configuration of an actor system that uses the hub's scheduler.
///
/// In CAF's own work stealing, idle workers poll and then sleep for some time. A thread that waits
/// for the network has to wake them, at one context switch per event. Here an idle worker waits for
/// the network itself, and runs the events at once. The other idle workers sleep until there is
/// more work than the awake ones can do. An idle hub uses no CPU time.
class hub_system_config : public caf::actor_system_config {
public:
  /// @param threads the number of workers; 0: one per core.
  /// @param loop driven by its callers (`network_loop::driver`); outlives the actor system.
  hub_system_config(size_t threads, network_loop& loop);

  network_loop& loop() const { return loop_; }
  /// Returns the object that gets a beat from each worker that looks for its next job.
  fedhub::health& health() const { return *health_; }

private:
  network_loop& loop_;
  std::unique_ptr<fedhub::health> health_;
};

} // namespace fedhub
