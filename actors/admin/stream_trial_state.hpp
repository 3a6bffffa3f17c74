// The state of a stream trial.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "actors/admin/stream_trial.hpp"
#include "actors/dial/connector.hpp"
#include "protocol/admin/attempt_row.hpp"

namespace fedhub {

/// Goes through the phases of one stream and notes how each has ended.
class stream_trial_state {
public:
  static inline const char* name = "fedhub.trial";
  using promise = caf::typed_response_promise<explained_steps_ptr>;

  /// @param self outlives this state.
  explicit stream_trial_state(stream_trial_actor::pointer self) : self_{self} {}

  /// Must be called once, before any other function.
  void start(hub_ptr hub, resolution_ptr to, domain_pair pair, std::chrono::milliseconds time);

  promise on_ask();
  void on_step(const connection_actor& link, admin::attempt_step step);
  void on_link_up(const connection_actor& link);
  void on_pair(const connection_actor& link, const pair_outcome& outcome);
  void on_link_down(const connection_actor& link, const link_end& end);
  void on_drained(const connection_actor& link);
  void on_time();

private:
  /// An address with what came of the connection to it.
  struct tried_address {
    socket_address address;
    connected_ptr outcome; ///< null: it is not known yet.
  };

  void connect(size_t place, const resolved_target& target);
  void on_connected();
  /// Adds a step for each address.
  void note_connections(admin::step_result failed);
  void open_stream(connected& on);
  /// Ends the step under way, and begins the next one.
  void go_on(admin::explained_step next);
  void end_step(admin::step_result result, failure why, std::string_view detail);
  /// Adds what the stream says of its security to the steps, then answers.
  void describe_and_answer();
  void note(const admin::stream_row& stream);
  void answer();
  void close_stream();
  std::chrono::steady_clock::time_point now() const;

  stream_trial_actor::pointer self_; ///< outlives this state.
  hub_ptr hub_;
  resolution_ptr to_;
  domain_pair pair_;
  std::chrono::milliseconds time_{0};
  promise reply_;
  bool answered_ = false;
  std::vector<tried_address> tried_;
  size_t awaited_ = 0; ///< connections that have not ended.
  connection_actor link_;
  bool asked_ = false; ///< for the authentication of the pair.
  std::vector<admin::explanation_row> steps_;
  /// The step of the stream that is under way.
  struct under_way {
    admin::explained_step step;
    std::chrono::steady_clock::time_point since;
  };
  std::optional<under_way> step_;
};

} // namespace fedhub
