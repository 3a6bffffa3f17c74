// The rule for replacing a component node's link when several processes have its secret.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>

namespace fedhub {

/// Judges the connections that claim one component node. A claim to a node without a link is no
/// take-over. The first take-over is always granted, since the old link may be half-open. Links
/// that replace each other again and again are in a *fight*: after each granted take-over, others
/// are refused for a time that doubles. The current link is asked for a sign of life meanwhile; a
/// link that gives none is not defended.
///
///     calm --(more than `free_rival` take-overs by other addresses in `window`, or `free_own`)-->
///     fighting --(`rest` without a claim to take over)--> calm
///
/// A value: does no I/O and reads no clock. Holds at most `free_rival` + `free_own` + 2 times.
class takeover_guard {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using duration = std::chrono::steady_clock::duration;

  static constexpr std::chrono::seconds window{60};
  /// The take-overs by other addresses than the current link's that are allowed in `window`. More
  /// are a fight.
  static constexpr size_t free_rival = 3;
  /// The take-overs by the current link's address that are allowed in `window`: a process that is
  /// restarted every other second is no fight.
  static constexpr size_t free_own = 30;
  static constexpr std::chrono::seconds first_refusal{1};
  static constexpr std::chrono::seconds longest_refusal{60};
  /// A fight is over after this time without a claim to take over.
  static constexpr std::chrono::seconds rest{60};
  /// The time that the current link has to answer.
  static constexpr std::chrono::seconds patience{5};
  /// The most refusals in a second that are sent only after a second, so that a component which
  /// retries at once does so once a second. Further refusals are sent at once.
  static constexpr unsigned most_held = 16;

  struct ruling {
    bool granted = false;      ///< the claiming link is the current one now.
    bool takes_over = false;   ///< there was, or is, another link.
    bool fight_begins = false; ///< to be logged, once in a fight.
    bool ask = false;          ///< the current link has to call `take_question`.
    bool hold = false;         ///< the refusal has to be sent after a second.
    uint64_t current = 0;      ///< if `takes_over`: the other link,
    std::string rival;         ///< and its address.
  };

  /// @param link a number that no other link has, above 0.
  /// @param from its IP address as text, without the port.
  ruling claim(uint64_t link, const std::string& from, time_point now);

  /// Notes that a link has ended. Ignored unless it is the current one.
  void gone(uint64_t link);

  /// Returns whether the link has to be asked for a sign of life; true once for each `ruling::ask`.
  bool take_question(uint64_t link);

  /// Notes that the link was asked, and has sent nothing for `patience`.
  void unanswered(uint64_t link);

  bool fighting(time_point now) const { return fights_ && now - last_claim_ < rest; }
  /// Returns whether this guard holds nothing that a new one would not.
  bool idle(time_point now) const;

private:
  void forget_old(time_point now);
  bool refuses(time_point now) const { return fights_ && !silent_ && now < refused_until_; }
  void note_takeover(bool rival, ruling& out, time_point now);
  bool holds(time_point now);

  uint64_t current_ = 0;  ///< 0: the node has no link.
  std::string from_;      ///< of the current link.
  bool silent_ = false;   ///< the current link owes a sign of life.
  bool question_ = false; ///< for the current link.
  time_point asked_at_{};
  std::deque<time_point> rivals_; ///< take-overs by other addresses in `window`.
  std::deque<time_point> own_;    ///< take-overs by the current link's address in `window`.
  bool fights_ = false;
  time_point last_claim_{}; ///< the last take-over claim, granted or refused.
  time_point refused_until_{};
  duration refusal_{}; ///< the length of the next refusal.
  unsigned held_ = 0;  ///< refusals held in the second that began at `held_since_`.
  time_point held_since_{};
};

} // namespace fedhub
