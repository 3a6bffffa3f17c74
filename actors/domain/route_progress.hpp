// The progress towards a stream to a domain.
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
  negotiating, ///< the connection exists; `linkup` is awaited.
  ready,
  draining, ///< the stream has ended; the stanzas that it returns are awaited.
};

/// Returns the phase's name in the log.
constexpr std::string_view to_string(route_phase phase) {
  switch (phase) {
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

/// Returns the failure for a stanza that has waited for too long while the stream is in this phase;
/// `none` if the phase is not the reason for the wait.
constexpr failure timeout_of(route_phase phase) {
  switch (phase) {
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

/// Holds the phase of the stream, the time at which it began, and the step whose answer is awaited.
/// A step is a question to another actor. Its answer counts only if no other step has begun since
/// and the phase is still the same.
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
  /// Returns whether there is a connection, or one is being established.
  bool has_connection() const {
    return phase_ == route_phase::connecting || phase_ == route_phase::negotiating
           || phase_ == route_phase::ready;
  }
  /// Returns whether an attempt is in progress and has no connection yet.
  bool dialing() const {
    return phase_ == route_phase::resolving || phase_ == route_phase::connecting;
  }

  /// Enters another phase.
  void enter(route_phase phase, time_point now) {
    phase_ = phase;
    since_ = now;
  }

  /// Begins a step: answers to earlier steps are stale.
  step_number begin_step() { return ++step_; }
  /// Returns whether the answer to this step still counts.
  bool awaits(step_number step, route_phase begun_in) const {
    return step == step_ && phase_ == begun_in;
  }
  /// Makes all pending answers stale.
  void forget_steps() { ++step_; }

private:
  route_phase phase_ = route_phase::none;
  time_point since_;
  step_number step_ = 0;
};

} // namespace fedhub
