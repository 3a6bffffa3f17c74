// The state of a connector: the race, and the sockets in it.
#pragma once

#include <optional>
#include <unordered_map>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "actors/dial/address_race.hpp"
#include "actors/dial/spawn_connector.hpp"
#include "metrics/hub_metrics.hpp"

namespace fedhub {

struct connector_state {
  using promise = caf::typed_response_promise<connected_ptr>;
  using time_point = address_race::time_point;
  using pointer = connector_actor::stateful_pointer<connector_state>;

  static inline const char* name = "fedhub.connector";

  connector_state() = default;
  ~connector_state(); ///< ends all watches and closes all sockets.

  void start(pointer self, network_loop& loop, resolution_ptr to, race_options options,
             hub_metrics* metrics);

  promise connect();
  void on_ready(int fd);
  void on_tick();

private:
  struct attempt {
    unique_fd fd;
    watch_ptr watched;
  };

  void run(const address_race::actions& actions);
  void begin(size_t index);
  void abandon(size_t index);
  void go_on();
  void answer();
  void count(connect_result result) const;

  pointer self_ = nullptr;
  network_loop* loop_ = nullptr;
  hub_metrics* metrics_ = nullptr;
  resolution_ptr to_;
  std::optional<address_race> race_;
  uint64_t descriptors_ = UINT64_MAX;           ///< see `race_options`.
  std::unordered_map<size_t, attempt> running_; ///< by index of the candidate.
  promise reply_;
  time_point started_{};
  std::optional<time_point> tick_at_; ///< the earliest pending tick.
};

connector_actor::behavior_type connector(connector_actor::stateful_pointer<connector_state> self,
                                         network_loop* loop, resolution_ptr to,
                                         race_options options, hub_metrics* metrics);

} // namespace fedhub
