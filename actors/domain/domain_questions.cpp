// The domain actor: questions about keys, and their answers.
#include "actors/domain/domain_state.hpp"

#include <utility>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "protocol/events/dialback_outcome.hpp"

namespace fedhub {

namespace {

verification_ptr no_answer(const key_question& question, failure why, const std::string& detail) {
  return std::make_shared<const verification>(
    verification{question.value->question, dialback_outcome::error, why, detail});
}

} // namespace

void domain_state::on_question(const verification_ptr& question, const verifier_actor& asker) {
  const auto t = now();
  use_.touch(t);
  use_.note_verified();
  if (auto known = questions_.known(question->question, t))
    return self_->send(asker, verified_atom_v, known);
  take_question(question, asker);
  kick();
  schedule();
}

/// Adds a question, which expires after `timeouts.dialback`. The verifier gives up at the same time
/// without a message.
void domain_state::take_question(const verification_ptr& question, const verifier_actor& asker) {
  if (!questions_.add(question, asker, now() + hub_->current()->config.timeouts.dialback))
    self_->send(asker, verified_atom_v,
                std::make_shared<const verification>(
                  verification{question->question, dialback_outcome::error, failure::queue_full,
                               "too many keys of this domain wait for its server"}));
}

void domain_state::on_answer(const verification_ptr& answer) {
  const bool of_link =
    link_ && self_->current_sender() == caf::actor_cast<caf::strong_actor_ptr>(link_);
  if (of_link && answer->outcome != dialback_outcome::error)
    outgoing_->on_use();
  const auto settled = questions_.settle(*answer, of_link);
  for (auto& question : settled.answered)
    self_->send(question.asker, verified_atom_v, answer);
  if (settled.taken_back > 0)
    log_taken_back(settled.taken_back, explain(answer->why, answer->detail));
  hold_answer(answer);
  finish_dialback_only();
  kick();
  retire_if_unused();
  schedule();
}

/// Holds an answer for repeated questions. Without stanzas this actor ends soon, so it holds none.
void domain_state::hold_answer(const verification_ptr& answer) {
  if (!use_.carried() || answer->outcome == dialback_outcome::error
      || answer->question.pair.from != target())
    return;
  questions_.hold(answer, now());
  schedule();
}

void domain_state::answer(const key_question& question, failure why, const std::string& detail) {
  self_->send(question.asker, verified_atom_v, no_answer(question, why, detail));
}

void domain_state::answer_questions(failure why, const std::string& detail) {
  for (auto& question : questions_.take_all())
    answer(question, why, detail);
}

void domain_state::expire_questions(time_point t) {
  for (auto& question : questions_.take_expired(t))
    if (question.way == key_question::way_to_ask::sent && link_)
      self_->send(link_, verify_atom_v, no_answer(question, failure::dialback_timeout, {}));
}

} // namespace fedhub
