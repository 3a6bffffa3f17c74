// What refused connections are told.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>

#include "metrics/labels.hpp"
#include "metrics/sockets/socket.hpp"

namespace fedhub {

/// Tells peers that are not let in why, by a stream error, as far as one write without waiting
/// does, and keeps their sockets for a moment: to close one at once, with the peer's header unread,
/// would be a reset, which can overtake the words.
///
/// Bounded: so many peers a second, so many sockets. Who comes beyond that is cut without words.
/// Belongs to one listener.
class refused_peers {
public:
  using time_point = std::chrono::steady_clock::time_point;

  static constexpr size_t most_sockets = 64;
  static constexpr size_t most_per_second = 200;
  static constexpr std::chrono::milliseconds patience{1000};

  /// @param kind of the listener; where TLS begins with the first octet nothing can be told.
  explicit refused_peers(listener_kind kind) : kind_(kind) {}

  void refuse(unique_fd peer, connection_limit why, time_point now);
  /// Closes those that had their time. @returns whether there are others.
  bool close_old(time_point now);
  size_t sockets() const { return closing_.size(); }

private:
  struct closing {
    unique_fd fd;
    time_point until;
  };

  listener_kind kind_;
  std::deque<closing> closing_; ///< the oldest first.
  size_t told_ = 0;             ///< in the second that began at `since_`.
  time_point since_{};
};

} // namespace fedhub
