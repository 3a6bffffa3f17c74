// Answers to questions of dialback, held for a moment.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <unordered_set>

#include "actors/interfaces/connection.hpp"

namespace fedhub {

/// The same question: one answer is for all who ask it.
inline bool same_question(const verify_key& a, const verify_key& b) {
  return a.stream_id == b.stream_id && a.key == b.key && a.pair == b.pair;
}

/// What the authoritative server of one domain has said of keys in the last moments. A key is a
/// function of the question's other parts and a secret, so the answer to the same question stays
/// what it was, `invalid` as well as `valid`; only a change of the secret could change it, and that
/// is why it is a moment only.
class recent_answers {
public:
  using time_point = std::chrono::steady_clock::time_point;

  static constexpr std::chrono::seconds held_for{5};
  /// More displace the oldest: who asks so much makes the domain's server answer so much.
  static constexpr size_t most = 1000;

  /// Holds an answer; an error is none.
  void add(const verification_ptr& answer, time_point now);

  /// @returns null if the question was not answered in the last `held_for`.
  verification_ptr find(const verify_key& question, time_point now);

  /// Until when there is something to find; in the past if there is nothing.
  time_point held_until() const;

private:
  struct by_question {
    using is_transparent = void;
    static const verify_key& of(const verification_ptr& x) { return x->question; }
    static const verify_key& of(const verify_key& x) { return x; }

    // The key alone tells questions apart, but for those of who repeats another's.
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
