// Happy eyeballs (RFC 8305 §5) as a state machine: which address to try when, and who has won.
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
  /// All targets together. The last one starts after 8 s at the latest, so that a race ends in
  /// stagger * 31 + timeout.
  size_t max_attempts = 32;
  /// Sockets whose descriptors are not below this are not used: the rest is others' share.
  uint64_t descriptors = UINT64_MAX;
};

/// Races the addresses of a resolution. The owner runs the actions and tells each attempt's end,
/// for as long as the race is not `over`. An attempt is named by its index in `candidates`.
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

  /// The addresses in the targets' order: all of the first target come before the second's.
  explicit address_race(const std::vector<resolved_target>& targets, race_options options = {});

  /// Begins; with nothing to try the race is over at once.
  actions start(time_point now);
  actions on_connected(size_t index, time_point now);
  /// @param error errno value.
  actions on_failed(size_t index, int error, time_point now);
  actions on_time(time_point now);

  /// When `on_time` is due next; nothing once the race is over.
  std::optional<time_point> next_deadline() const;

  bool over() const { return over_; }
  std::optional<size_t> winner() const { return winner_; }
  const std::vector<candidate>& candidates() const { return candidates_; }

  /// Why nobody won: what tells the most of all that happened. A refusal is an answer, silence may
  /// be a firewall, and any other error is mostly this machine's own (no route, no IPv6). @pre
  /// `over() && !winner()`
  failure why() const { return why_; }
  /// "192.0.2.7:5269: Connection refused (1 of 3 addresses)".
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
