// Questions about keys to a domain's server (XEP-0220 §2.2.2), and its recent answers.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "actors/domain/recent_answers.hpp"
#include "actors/interfaces/domain.hpp"
#include "protocol/events/stream_action.hpp"
#include "protocol/text/domain_name.hpp"

namespace fedhub {

/// A question about a key of the domain, or of a guest: another domain with the same server.
struct key_question {
  /// The stream on which it is asked:
  ///
  ///     undecided --lend--> lent --no answer--> alone
  ///     undecided, alone --send--> sent --the stream ends, of no use--> undecided
  enum class way_to_ask : uint8_t {
    undecided,
    lent,  ///< on another domain's stream.
    alone, ///< on this domain's stream, since the other domain's gave no answer.
    sent,  ///< on this domain's stream.
  };

  verification_ptr value;
  verifier_actor asker; ///< of a guest's question: the guest's actor.
  /// The time at which the question expires.
  std::chrono::steady_clock::time_point until{};
  std::chrono::steady_clock::time_point back_at{}; ///< `lent`: when it is taken back.
  way_to_ask way = way_to_ask::undecided;

  /// Returns whether the question waits for a stream of this domain.
  bool to_send() const { return way == way_to_ask::undecided || way == way_to_ask::alone; }
  bool is_guest(const domain_name& target) const { return value->question.pair.from != target; }
};

/// Holds the unanswered questions of one domain in order of arrival, and the recent answers. The
/// caller answers the questions that it takes out. Time is a parameter. Belongs to one actor.
class key_questions {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using way_to_ask = key_question::way_to_ask;

  /// The most questions. Further ones are answered with an error: each costs memory, and an answer
  /// of the domain's server.
  static constexpr size_t most = 1024;
  /// The most guests' questions among these. A server that is too slow for this is not shared.
  static constexpr size_t most_guests = 256;

  /// Adds a question. @returns false if there are too many.
  bool add(const verification_ptr& value, const verifier_actor& asker, time_point until);

  bool empty() const { return questions_.empty(); }
  size_t size() const { return questions_.size(); }
  const std::vector<key_question>& all() const { return questions_; }
  size_t guests(const domain_name& target) const;
  /// Returns whether some question needs a stream of this domain.
  bool any_not_lent() const;
  bool any_alone() const;
  /// Returns the asker with the highest rank among all questions and `first`.
  std::optional<dns_asker> first_asker(std::optional<dns_asker> first) const;
  /// Returns when the next question expires; `time_point::max()` if there is none.
  time_point due() const {
    return questions_.empty() ? time_point::max() : questions_.front().until; // the oldest
  }
  /// Returns when `take_back_due` has work; `time_point::max()` if never.
  time_point next_back_at() const;

  // ---- the stream to ask on --------------------------------------------------------------------

  /// Lends all undecided questions. @returns these.
  std::vector<verification_ptr> lend(time_point back_at);
  /// Makes these undecided again, since no other domain has a stream.
  void not_lent(const std::vector<verification_ptr>& values);
  /// Takes back lent questions that have waited for too long; they are asked alone. @returns how
  /// many.
  size_t take_back_due(time_point now);
  /// Calls `send` with each question that waits for a stream of this domain.
  template <class F>
  void send_all(F send) {
    for (auto& question : questions_)
      if (question.to_send()) {
        send(std::as_const(question));
        question.way = way_to_ask::sent;
      }
  }
  /// Notes that this domain's stream has ended. If it was of use, takes the sent questions out.
  /// Otherwise they become undecided again, since the attempt goes on.
  std::vector<key_question> end_stream(bool of_use);

  // ---- the end of questions -------------------------------------------------------------------

  struct settled {
    std::vector<key_question> answered;
    size_t taken_back = 0; ///< the number of questions that are asked alone from now on.
  };
  /// Takes all questions out that this answers, since the same question is sent only once. An error
  /// from another domain's stream answers none. Lent questions are then asked alone; questions that
  /// were sent on this domain's stream meanwhile stay. @param own the answer came on this domain's
  /// stream.
  settled settle(const verification& answer, bool own);
  std::vector<key_question> take_guests(const domain_name& target);
  /// Takes the expired questions out.
  std::vector<key_question> take_expired(time_point now);
  std::vector<key_question> take_all() { return std::exchange(questions_, {}); }

  // ---- recent answers -------------------------------------------------------------------------

  /// Holds an answer for a short time, so that the peer is not asked the same again.
  void hold(const verification_ptr& answer, time_point now);
  /// Returns the held answer; null if there is none.
  verification_ptr known(const verify_key& question, time_point now);
  /// Returns when `forget_old_answers` has work; `time_point::max()` if never.
  time_point held_until() const;
  void forget_old_answers(time_point now);
  /// Forgets all held answers, since the rules behind them may have changed.
  void forget_answers() { answers_.reset(); }

private:
  /// Takes out the questions for which `f` is true.
  template <class F>
  std::vector<key_question> take_if(F f);

  std::vector<key_question> questions_;
  std::unique_ptr<recent_answers> answers_; ///< null: none is held.
};

} // namespace fedhub
