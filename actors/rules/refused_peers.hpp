// The answer to refused connections.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>

#include "metrics/labels.hpp"
#include "metrics/sockets/socket.hpp"

namespace fedhub {

/// Sends refused peers the reason as a stream error, by one write that does not wait. Keeps their
/// sockets for a short time: to close a socket with the peer's header unread would cause a reset,
/// which can overtake the error.
///
/// Bounded: beyond `most_per_second`, peers are cut without an error; beyond `most_sockets`, the
/// oldest socket is closed early. Belongs to one listener.
class refused_peers {
public:
  using time_point = std::chrono::steady_clock::time_point;

  static constexpr size_t most_sockets = 64;
  static constexpr size_t most_per_second = 200;
  static constexpr std::chrono::milliseconds patience{1000};

  /// @param kind of the listener. With direct TLS no error can be sent.
  explicit refused_peers(listener_kind kind) : kind_(kind) {}

  void refuse(unique_fd peer, connection_limit why, time_point now);
  /// Closes the sockets whose time is over. @returns whether sockets are left.
  bool close_old(time_point now);
  size_t sockets() const { return closing_.size(); }

private:
  struct closing {
    unique_fd fd;
    time_point until;
  };

  listener_kind kind_;
  std::deque<closing> closing_; ///< the oldest first.
  size_t answered_ = 0;         ///< in the second that began at `since_`.
  time_point since_{};
};

} // namespace fedhub
