// The absence of a node, and how long it is awaited.
#pragma once

#include <chrono>
#include <cstdint>

namespace fedhub {

/// Tracks whether a node is here, is awaited, or has been gone for too long:
///
///     here --gone, failed--> awaited --(`timeouts.node`)--> away
///     any --back--> here;  any --gone--> awaited, from now on
///
/// A value; time is a parameter.
class node_absence {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using duration = std::chrono::steady_clock::duration;

  bool here() const { return state_ == state::here; }
  bool awaited() const { return state_ == state::awaited; }
  bool away() const { return state_ == state::away; }

  void back() { state_ = state::here; }
  /// Notes that the node's link has ended. The wait starts again each time.
  void gone(time_point now) {
    state_ = state::awaited;
    since_ = now;
  }
  /// Notes that an attempt to reach the node has failed. The wait starts at the first failure.
  void failed(time_point now) {
    if (here())
      gone(now);
  }
  /// @param patience `timeouts.node` in force. @returns whether the wait has ended just now.
  bool end_wait(time_point now, duration patience) {
    if (!awaited() || now - since_ < patience)
      return false;
    state_ = state::away;
    return true;
  }
  /// Returns when `end_wait` has to be called; `time_point::max()` if never.
  time_point due(duration patience) const {
    return awaited() ? since_ + patience : time_point::max();
  }

private:
  enum class state : uint8_t { here, awaited, away };

  state state_ = state::here;
  time_point since_{}; ///< of `awaited`.
};

} // namespace fedhub
