// Who may take the place of a component node's link, when several processes have its secret.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>

namespace fedhub {

/// Judges the connections that claim one component node. A claim to a node without a link is no
/// take-over. The first take-over is always granted, since the old link may be half-open. Links
/// that take each other's place again and again make a *fight*: each take-over granted is followed
/// by a time in which others are refused, which doubles. The current link is asked for a sign of
/// life meanwhile; one that gives none is not defended.
///
///     calm --(more than `free_rival` take-overs by other addresses in `window`, or `free_own`)-->
///     fighting --(`rest` without a claim to take over)--> calm
///
/// A value: no I/O, no clock. Holds at most `free_rival` + `free_own` + 2 times.
class takeover_guard {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using duration = std::chrono::steady_clock::duration;

  static constexpr std::chrono::seconds window{60};
  /// Take-overs in `window` by another address than the current link's. Those beyond are a fight.
  static constexpr size_t free_rival = 3;
  /// The same by the current link's address: a supervisor that restarts its process every other
  /// second is none.
  static constexpr size_t free_own = 30;
  static constexpr std::chrono::seconds first_refusal{1};
  static constexpr std::chrono::seconds longest_refusal{60};
  /// Without a claim for so long, the fight is over.
  static constexpr std::chrono::seconds rest{60};
  /// The current link has so long to answer.
  static constexpr std::chrono::seconds patience{5};
  /// Refused claims in a second that are told so only after a second, so that who tries again at
  /// once does so once a second. More are told at once.
  static constexpr unsigned most_held = 16;

  struct ruling {
    bool granted = false;      ///< the claim's link is the current one now.
    bool takes_over = false;   ///< there was, or is, another link.
    bool fight_begins = false; ///< to be logged: it is said once in a fight.
    bool ask = false;          ///< the current link is to `take_question`.
    bool hold = false;         ///< the refusal is to be told in a second.
    uint64_t current = 0;      ///< if `takes_over`: the other link,
    std::string rival;         ///< and its address.
  };

  /// @param link a number that no other link has, above 0.
  /// @param from its IP address as text, without the port.
  ruling claim(uint64_t link, const std::string& from, time_point now);

  /// A link has ended; of another than the current one this says nothing.
  void gone(uint64_t link);

  /// Whether the link is to be asked for a sign of life; true once for each `ruling::ask`.
  bool take_question(uint64_t link);

  /// The current link was asked, and has sent nothing for `patience`.
  void unanswered(uint64_t link);

  bool fighting(time_point now) const { return fights_ && now - last_claim_ < rest; }
  /// Nothing need be remembered: it is as good as a new one.
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
  std::deque<time_point> own_;    ///< the others.
  bool fights_ = false;
  time_point last_claim_{}; ///< to take over, granted or refused.
  time_point refused_until_{};
  duration refusal_{}; ///< how long the next one lasts.
  unsigned held_ = 0;  ///< in the second that began at `held_since_`.
  time_point held_since_{};
};

} // namespace fedhub
