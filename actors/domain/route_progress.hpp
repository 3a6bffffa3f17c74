// How far the way to a domain's stream has come.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "protocol/errors/failure.hpp"

namespace fedhub {

/// What the hub's own stream to a domain is about.
enum class route_phase : uint8_t {
  none, ///< no stream, none wanted or not yet again.
  resolving,
  connecting,
  negotiating, ///< connected; awaits `linkup`.
  ready,
  draining, ///< the stream ended; awaits what it gives back.
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

/// Returns why a stanza is answered that waited for too long and is still waiting for the end of
/// this phase. @returns `none` if no step is under way.
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

/// The phase of the way to a stream, since when, and which answer is awaited in it. Each question
/// to another actor is a numbered step: an answer counts only as long as its step is the last one
/// and the phase is the one in which it was begun.
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
  /// There is a connection, or one is being made.
  bool has_connection() const {
    return phase_ == route_phase::connecting || phase_ == route_phase::negotiating
           || phase_ == route_phase::ready;
  }
  /// An attempt has no connection yet.
  bool dialing() const {
    return phase_ == route_phase::resolving || phase_ == route_phase::connecting;
  }

  /// Enters another phase.
  void enter(route_phase x, time_point now) {
    phase_ = x;
    since_ = now;
  }

  /// Begins a step; answers to those before it are stale.
  step_number begin_step() { return ++step_; }
  /// Tells whether the answer to this step, which was begun in that phase, still counts.
  bool awaits(step_number step, route_phase begun_in) const {
    return step == step_ && phase_ == begun_in;
  }
  /// Makes each answer stale that is still to come.
  void forget_steps() { ++step_; }

private:
  route_phase phase_ = route_phase::none;
  time_point since_;
  step_number step_ = 0;
};

} // namespace fedhub
