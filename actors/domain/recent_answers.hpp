// Answers to dialback questions, held for a short time.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <unordered_set>

#include "actors/interfaces/connection.hpp"
#include "protocol/events/stream_action.hpp"

namespace fedhub {

/// Returns whether one answer settles both questions.
inline bool same_question(const verify_key& a, const verify_key& b) {
  return a.stream_id == b.stream_id && a.key == b.key && a.pair == b.pair;
}

/// Holds the latest answers of one domain's authoritative server. A key is a function of the
/// question's other parts and a secret. So the answer to the same question stays the same, `valid`
/// or `invalid`. Only a change of the secret can change it, so answers are held for a short time
/// only.
class recent_answers {
public:
  using time_point = std::chrono::steady_clock::time_point;

  static constexpr std::chrono::seconds held_for{5};
  /// The most answers. A further answer replaces the oldest.
  static constexpr size_t most = 1000;

  /// Holds an answer. An error is not held.
  void add(const verification_ptr& answer, time_point now);

  /// @returns null if the question was not answered in the last `held_for`.
  verification_ptr find(const verify_key& question, time_point now);

  /// Returns the time until which an answer is held; in the past if there is none.
  time_point held_until() const;

private:
  struct by_question {
    using is_transparent = void;
    static const verify_key& of(const verification_ptr& x) { return x->question; }
    static const verify_key& of(const verify_key& x) { return x; }

    // The key alone distinguishes questions, unless a peer repeats another's key.
    size_t operator()(const auto& x) const { return std::hash<std::string>{}(of(x).key); }
    bool operator()(const auto& x, const auto& y) const { return same_question(of(x), of(y)); }
  };
  struct entry {
    verification_ptr answer;
    time_point since;
  };

  void forget_older(time_point now);

  std::deque<entry> by_age_; ///< oldest first; the same answers as in the set.
  std::unordered_set<verification_ptr, by_question, by_question> answers_;
};

} // namespace fedhub
