// Happy eyeballs (RFC 8305 §5) as a state machine: when to try which address, and which one has
// won.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "actors/dns/resolver.hpp"

namespace fedhub {

struct race_options {
  std::chrono::milliseconds stagger{250};    ///< "Connection Attempt Delay" (RFC 8305 §8).
  std::chrono::milliseconds timeout{10'000}; ///< for one address.
  /// For all targets together. The last attempt starts after 8 s at the latest, so a race ends
  /// within stagger * 31 + timeout.
  size_t max_attempts = 32;
  /// Only sockets with descriptors below this number are used. Higher numbers are the share of
  /// other parties.
  uint64_t descriptors = UINT64_MAX;
};

/// Tries the addresses of a resolution in parallel, and keeps the first that connects. Until the
/// race is `over`, the owner runs the actions and reports the end of each attempt. An attempt is
/// named by its index in `candidates`.
class address_race {
public:
  using time_point = std::chrono::steady_clock::time_point;

  struct candidate {
    socket_address address;
    size_t target; ///< index of the target that it belongs to.
  };

  struct begin_attempt {
    size_t index;
  }; ///< start to connect.
  struct abandon_attempt {
    size_t index;
  }; ///< close the socket: too slow, or another has won.
  using action = std::variant<begin_attempt, abandon_attempt>;
  using actions = std::vector<action>;

  /// Takes the addresses in the order of the targets: all addresses of a target come before those
  /// of the next.
  explicit address_race(const std::vector<resolved_target>& targets, race_options options = {});

  /// Begins the race. Without a candidate it is over at once.
  actions start(time_point now);
  actions on_connected(size_t index, time_point now);
  /// @param error errno value.
  actions on_failed(size_t index, int error, time_point now);
  actions on_time(time_point now);

  /// Returns when `on_time` is due next; nothing once the race is over.
  std::optional<time_point> next_deadline() const;

  bool over() const { return over_; }
  std::optional<size_t> winner() const { return winner_; }
  const std::vector<candidate>& candidates() const { return candidates_; }

  /// Returns why no attempt won: the failure that says the most about the peer. A refusal is an
  /// answer, silence may be a firewall, and any other error is mostly this machine's own (no route,
  /// no IPv6). @pre `over() && !winner()`
  failure why() const { return why_; }
  /// Returns details of that failure, such as "192.0.2.7:5269: Connection refused (1 of 3
  /// addresses)".
  std::string detail() const;

private:
  struct attempt {
    size_t index;
    time_point deadline;
  };

  void begin_next(actions& out, time_point now);
  void note(size_t index, failure why, const std::string& text);
  bool take(size_t index);
  void settle(actions& out, time_point now);

  race_options options_;
  std::vector<candidate> candidates_;
  std::vector<attempt> running_; ///< by deadline.
  size_t next_ = 0;              ///< the first candidate not yet tried.
  time_point next_start_{};
  std::optional<size_t> winner_;
  bool over_ = false;
  failure why_ = failure::none;
  std::string detail_;
};

} // namespace fedhub
