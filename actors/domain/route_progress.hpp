// How far the way to a domain's stream has come.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "protocol/errors/failure.hpp"

namespace fedhub {

/// The phase of the hub's own stream to a domain.
enum class route_phase : uint8_t {
  none, ///< there is no stream: none is wanted, or the next attempt is not due.
  resolving,
  connecting,
  negotiating, ///< the connection is there; `linkup` is awaited.
  ready,
  draining, ///< the stream has ended; the stanzas that it gives back are awaited.
};

/// Names the phase as the log does.
constexpr std::string_view to_string(route_phase x) {
  switch (x) {
  case route_phase::none:
    return "PENDING";
  case route_phase::resolving:
    return "RESOLVING";
  case route_phase::connecting:
    return "CONNECTING";
  case route_phase::negotiating:
    return "NEGOTIATING";
  case route_phase::ready:
    return "NEGOTIATED";
  case route_phase::draining:
    return "CLOSING";
  }
  return {};
}

/// Returns the failure that a stanza is answered with if it waited for too long and the stream is
/// in this phase; `none` if the phase is not what the stanza waits for.
constexpr failure timeout_of(route_phase x) {
  switch (x) {
  case route_phase::resolving:
    return failure::dns_timeout;
  case route_phase::connecting:
    return failure::connect_timeout;
  case route_phase::negotiating:
    return failure::stream_timeout;
  case route_phase::ready:
    return failure::dialback_timeout; // of the key
  case route_phase::none:
  case route_phase::draining:
    break;
  }
  return failure::none;
}

/// The phase of the stream, its beginning, and the step whose answer is awaited. A step is a
/// question to another actor. Its answer counts only if no other step was begun since and the phase
/// is the one in which the step was begun.
///
/// A value; time is a parameter. Belongs to one actor.
class route_progress {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using step_number = uint64_t;

  explicit route_progress(time_point now = {}) : since_(now) {}

  route_phase phase() const { return phase_; }
  time_point since() const { return since_; }
  bool in(route_phase x) const { return phase_ == x; }
  /// Tells whether there is a connection, or one is being made.
  bool has_connection() const {
    return phase_ == route_phase::connecting || phase_ == route_phase::negotiating
           || phase_ == route_phase::ready;
  }
  /// Tells whether an attempt is under way and has no connection yet.
  bool dialing() const {
    return phase_ == route_phase::resolving || phase_ == route_phase::connecting;
  }

  /// Enters another phase.
  void enter(route_phase x, time_point now) {
    phase_ = x;
    since_ = now;
  }

  /// Begins a step: answers to earlier steps are stale.
  step_number begin_step() { return ++step_; }
  /// Tells whether the answer to this step still counts.
  bool awaits(step_number step, route_phase begun_in) const {
    return step == step_ && phase_ == begun_in;
  }
  /// Makes every answer stale that is still to come.
  void forget_steps() { ++step_; }

private:
  route_phase phase_ = route_phase::none;
  time_point since_;
  step_number step_ = 0;
};

} // namespace fedhub
