// The scheduler of the hub's actors: CAF's work-stealing one, whose idle workers wait for the
// network.
#pragma once

#include <memory>

#include <caf/actor_system_config.hpp>

#include "actors/runtime/health.hpp"
#include "actors/runtime/network_loop.hpp"

namespace fedhub {

/// The configuration of an actor system that uses the hub's scheduler.
///
/// CAF's own work stealing lets workers without work poll, then sleep for some time; a thread that
/// waits for the network has to wake them, one context switch per event. Here a worker without work
/// waits for the network itself and runs what comes at once; the others sleep until there is more
/// than the awake ones can do. An idle hub does nothing.
class hub_system_config : public caf::actor_system_config {
public:
  /// @param threads workers; 0: one per core.  @param loop driven by its callers; outlives the
  /// actor system.
  hub_system_config(size_t threads, network_loop& loop);

  network_loop& loop() const { return loop_; }
  /// Gets a beat from each worker that looks for its next job.
  fedhub::health& health() const { return *health_; }

private:
  network_loop& loop_;
  std::unique_ptr<fedhub::health> health_;
};

} // namespace fedhub
