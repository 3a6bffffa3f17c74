// Whether a node that is away is still waited for.
#pragma once

#include <chrono>
#include <cstdint>

namespace fedhub {

/// A node is here, or awaited, or away for longer than that:
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
  /// Its link has ended. Each time counts anew.
  void gone(time_point now) {
    state_ = state::awaited;
    since_ = now;
  }
  /// An attempt to reach it has failed: the first one counts.
  void failed(time_point now) {
    if (here())
      gone(now);
  }
  /// @param patience `timeouts.node` as it is now. @returns whether it has become too long just
  /// now.
  bool end_wait(time_point now, duration patience) {
    if (!awaited() || now - since_ < patience)
      return false;
    state_ = state::away;
    return true;
  }
  /// When `end_wait` has something to say; `time_point::max()` if never.
  time_point due(duration patience) const {
    return awaited() ? since_ + patience : time_point::max();
  }

private:
  enum class state : uint8_t { here, awaited, away };

  state state_ = state::here;
  time_point since_{}; ///< of `awaited`.
};

} // namespace fedhub
