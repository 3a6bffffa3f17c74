// Questions about keys that a domain's server is to answer (XEP-0220 §2.2.2), and its last answers.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "actors/domain/recent_answers.hpp"
#include "actors/interfaces/domain.hpp"

namespace fedhub {

/// A question about a key of the domain's, or of a guest's: another domain's that has the same
/// server.
struct key_question {
  /// Over which stream it is asked:
  ///
  ///     undecided --lend--> lent --no answer--> alone
  ///     undecided, alone --send--> sent --the stream ends, of no use--> undecided
  enum class way_to_ask : uint8_t {
    undecided,
    lent,  ///< over another domain's stream.
    alone, ///< over this domain's, since that gave no answer.
    sent,  ///< on this domain's stream.
  };

  verification_ptr value;
  verifier_actor asker;                            ///< the guest's actor, if it is a guest's.
  std::chrono::steady_clock::time_point until{};   ///< nobody waits for its answer any more.
  std::chrono::steady_clock::time_point back_at{}; ///< `lent`: no longer than until then.
  way_to_ask way = way_to_ask::undecided;

  /// It waits for a stream of this domain's.
  bool to_send() const { return way == way_to_ask::undecided || way == way_to_ask::alone; }
  bool is_guest(const domain_name& target) const { return value->question.pair.from != target; }
};

/// All questions of one domain that have no answer yet, in the order in which they came, and the
/// answers of the last moments. What is taken out is for the caller to answer. Time is a parameter.
/// Belongs to one actor.
class key_questions {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using way_to_ask = key_question::way_to_ask;

  /// Each costs memory, and the domain's server an answer: more are answered by an error.
  static constexpr size_t most = 1024;
  /// Of these, guests' at a time: a server that is slower than that is no host.
  static constexpr size_t most_guests = 256;

  /// @returns false if there are too many.
  bool add(const verification_ptr& value, const verifier_actor& asker, time_point until);

  bool empty() const { return questions_.empty(); }
  size_t size() const { return questions_.size(); }
  const std::vector<key_question>& all() const { return questions_; }
  size_t guests(const domain_name& target) const;
  /// A stream of this domain's is needed, or in use, for some.
  bool any_not_lent() const;
  bool any_alone() const;
  /// @returns for whom the first in line wants to know, or `first` if that goes first.
  std::optional<dns_asker> first_asker(std::optional<dns_asker> first) const;
  /// When the next question's time is over; `time_point::max()` if never.
  time_point due() const {
    return questions_.empty() ? time_point::max() : questions_.front().until; // it came first
  }
  /// When `take_back_due` has something to do; `time_point::max()` if never.
  time_point next_back_at() const;

  // ---- over which stream
  // -------------------------------------------------------------------------

  /// Lends all that are undecided. @returns them.
  std::vector<verification_ptr> lend(time_point back_at);
  /// There is no stream of another domain's: these are undecided again.
  void not_lent(const std::vector<verification_ptr>& values);
  /// @returns how many lent questions are asked alone from now on, for it took too long.
  size_t take_back_due(time_point now);
  /// Calls `send` with each question that waits for a stream of this domain's: it is sent.
  template <class F>
  void send_all(F send) {
    for (auto& question : questions_)
      if (question.to_send()) {
        send(std::as_const(question));
        question.way = way_to_ask::sent;
      }
  }
  /// This domain's stream has ended. @param of_use if it was, the attempt is over, and those that
  /// were sent are taken out; else they are sent again. @returns those taken out.
  std::vector<key_question> end_stream(bool of_use);

  // ---- the end of questions
  // ----------------------------------------------------------------------

  struct settled {
    std::vector<key_question> answered;
    size_t taken_back = 0; ///< asked alone from now on, for another domain's stream failed.
  };
  /// An answer has come: the same question is on the wire but once, whoever asked it. @param own
  /// over this domain's stream; an error from elsewhere answers nothing, for this domain's stream
  /// may do, and what came too late from there is no answer to what was asked here since.
  settled settle(const verification& answer, bool own);
  std::vector<key_question> take_guests(const domain_name& target);
  /// @returns those whose time is over.
  std::vector<key_question> take_expired(time_point now);
  std::vector<key_question> take_all() { return std::exchange(questions_, {}); }

  // ---- answers of the last moments
  // ---------------------------------------------------------------

  /// So that who asks the same again, soon, costs the peer nothing more.
  void hold(const verification_ptr& answer, time_point now);
  /// @returns the held answer; null: there is none.
  verification_ptr known(const verify_key& question, time_point now);
  /// When `forget_old_answers` has something to do; `time_point::max()` if never.
  time_point held_until() const;
  void forget_old_answers(time_point now);
  /// They were given by rules that may not be in force any more.
  void forget_answers() { answers_.reset(); }

private:
  /// Takes those out of which `f` is true.
  template <class F>
  std::vector<key_question> take_if(F f);

  std::vector<key_question> questions_;
  std::unique_ptr<recent_answers> answers_; ///< null: none is held.
};

} // namespace fedhub
