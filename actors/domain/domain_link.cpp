// The domain actor: the life of its own stream.
#include "actors/domain/domain_state.hpp"

#include <algorithm>
#include <utility>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/hub/node_health.hpp"
#include "actors/hub/reply.hpp"
#include "actors/log/log.hpp"

namespace fedhub {

namespace {

/// A stream that lived for so long was no failure, even if nobody knows whether it was of use.
constexpr std::chrono::seconds lasting_time{5};

} // namespace

void domain_state::on_link_up(const connection_actor& x, questions_taken questions) {
  if (x != link_ || phase_ != phase::negotiating)
    return;
  link_was_ready_ = proven_ = true;
  external_.passed(link_server_.first);
  link_up_since_ = now();
  note_phase(phase::ready);
  give_up_former(); // what the peer has not answered for, or was not asked
  offer_host(questions);
  kick();
  finish_dialback_only();
  schedule();
}

void domain_state::on_pair(const connection_actor& x, const pair_outcome& outcome) {
  if (x != link_)
    return;
  auto& lane = lane_of(outcome.pair.from).second;
  if (outcome.why == failure::dialback_not_offered)
    external_.forget(link_server_.first); // there is no other way after all
  if (outcome.why != failure::none) {
    const bool otherwise = outcome.unknown_host && !link_of_use_ && may_speak_otherwise();
    unknown_host_ |= otherwise;
    if (otherwise
        || goes_on_after(outcome.why)) { // another of the domain's servers may take the pair
      lane.state = pair_state::unasked;
      refusal_ = outcome.detail;
      return close_link(outcome.why);
    }
    lane.state = pair_state::refused;
    lane.since = now();
    lane.why = outcome.why;
    lane.detail = outcome.detail;
    if (outcome.why == failure::dialback_refused || outcome.why == failure::dialback_error)
      node_found(); // and says no
    reject_all(lane, outcome.why, outcome.detail);
    finish_dialback_only();
    schedule();
    return;
  }
  lane.state = pair_state::authorised;
  if (leg_ == stream_leg::node_s2s_out)
    note_node_reached(*hub_, link_address_.first, link_address_.second);
  link_of_use_ = true;
  last_why_ = failure::none; // until now, what failed before may be why the next attempt fails too
  last_detail_.clear();
  node_found();
  route_log(log_module::connection_history, "states of domain pairs")
    .info("[{} {} from {}] PENDING->CONNECTED", route_name(), fact::domain(target_),
          outcome.pair.from.str(), fact::pair(outcome.pair), fact::former_state("PENDING"),
          fact::state("CONNECTED"), fact::leg(leg_));
  if (lane.reverse == nullptr)
    send_queue(link_, lane);
}

/// Whether the attempt has another address for a pair that this one has refused.
bool domain_state::goes_on_after(failure why) const {
  return why != failure::queue_full && !link_of_use_ && !stopping_ && may_try_next();
}

void domain_state::send_queue(const connection_actor& to, lane& x) {
  auto batch = std::make_shared<stanza_batch>(hub_->account);
  batch->stanzas = x.queue.take_all();
  if (to == link_)
    name_as_spoken(batch->stanzas);
  if (!batch->stanzas.empty())
    self_->send(to, deliver_atom_v, std::move(batch));
}

void domain_state::on_answer(const verification_ptr& answer) {
  // Another domain's stream may have failed, where one of this domain's will do. And what came too
  // late from there is no answer to what was asked here since.
  const bool of_link =
    link_ && self_->current_sender() == caf::actor_cast<caf::strong_actor_ptr>(link_);
  link_of_use_ |= of_link && answer->outcome != dialback_outcome::error;
  const bool failed_elsewhere = answer->outcome == dialback_outcome::error && !of_link;
  // The same question is on the wire but once, whoever asked it.
  std::erase_if(questions_, [&](auto& x) {
    if (!same_question(x.value->question, answer->question))
      return false;
    if (failed_elsewhere) {
      if (x.way == question::way_to_ask::lent)
        take_back(x, explain(answer->why, answer->detail));
      return false;
    }
    self_->send(x.asker, verified_atom_v, answer);
    return true;
  });
  hold_answer(answer);
  finish_dialback_only();
  kick();
  retire_if_unused();
  schedule();
}

/// So that who asks the same again, soon, costs the peer nothing more. Without stanzas this actor
/// ends in a moment, and there is nobody to hold it.
void domain_state::hold_answer(const verification_ptr& x) {
  if (!carried_ || x->outcome == dialback_outcome::error || x->question.pair.from != target_)
    return;
  if (!answers_)
    answers_ = std::make_unique<recent_answers>();
  answers_->add(x, now());
  schedule();
}

bool domain_state::carries_pair() const {
  return std::ranges::any_of(lanes_,
                             [](auto& x) { return x.second.state == pair_state::authorised; });
}

/// A stream that nobody needs but for verification is closed once the answers are there.
void domain_state::finish_dialback_only() {
  if (phase_ != phase::ready || wanted())
    return;
  bool used = std::any_of(lanes_.begin(), lanes_.end(), [](auto& x) {
    return x.second.state == pair_state::authorised || x.second.state == pair_state::asked;
  });
  if (used)
    return;
  if (lasts_for_guests())
    schedule();
  else
    close_link(unanswered_ ? failure::dialback_timeout : failure::none);
}

void domain_state::close_link(failure why) {
  if (link_)
    self_->send(
      link_, close_atom_v,
      std::make_shared<const link_end>(
        link_end{why == failure::shutting_down ? stream_error::system_shutdown : stream_error::none,
                 why,
                 {}}));
}

void domain_state::on_link_down(const connection_actor& x, const link_end& why) {
  if (auto* reverse = find_reverse(x)) {
    reverse->state = reverse_link::phase::down;
    self_->send(x, release_atom_v);
    return;
  }
  if (x != link_)
    return;
  bool was_ready = phase_ == phase::ready;
  note_phase(phase::draining);
  leave_host(false);
  self_->send(link_, release_atom_v);
  unknown_host_ |= why.unknown_host;
  redirect_ = carries_pair() ? std::string{} : why.redirect;
  for (auto& [sender, lane] : lanes_)
    if (lane.state != pair_state::refused)
      lane.state = pair_state::unasked;
  link_taken_back_ = why.by_reload != taken_back::nothing;
  last_why_ = link_taken_back_ ? failure::none : why.why;
  last_detail_ = link_taken_back_ ? std::string{} : why.detail;
  if (auto refusal = std::exchange(refusal_, {}); last_detail_.empty())
    last_detail_ = std::move(refusal);
  link_of_use_ |= why.carried;
  if (why.carried)
    failures_ = 0; // whoever cuts it again and again, something gets through each time
  learn_of_external(why);
  if (was_ready) {
    std::erase_if(questions_, [&](auto& q) {
      if (q.way != question::way_to_ask::sent)
        return false;
      if (!link_of_use_) { // the attempt goes on
        q.way = question::way_to_ask::undecided;
        return false;
      }
      self_->send(q.asker, verified_atom_v,
                  std::make_shared<const verification>(verification{
                    q.value->question, dialback_outcome::error,
                    why.why == failure::none ? failure::stream_closed : why.why, why.detail}));
      return true;
    });
  }
}

/// The attempt may have another stream to the same server.
void domain_state::learn_of_external(const link_end& why) {
  const auto& server = link_server_.first;
  if (why.why == failure::dialback_not_offered)
    return external_.forget(server);
  if (why.why == failure::external_refused)
    external_.refused(server, now());
  else if (!why.external_unanswered)
    return;
  else if (!external_.unanswered(server, now())) {
    second_chance_ = link_server_; // after the others
    return;
  }
  tried_.erase(link_server_); // by dialback it may do
}

void domain_state::on_returned(stanza_batch& batch) {
  requeue(std::exchange(batch.stanzas, {}));
  schedule();
}

void domain_state::on_drained(const connection_actor& x) {
  if (find_reverse(x) != nullptr)
    return reverse_gone(x);
  if (x != link_)
    return;
  link_ = nullptr;
  const bool was_ready = std::exchange(link_was_ready_, false);
  const bool was_of_use = std::exchange(link_of_use_, false);
  note_phase(phase::none);
  const bool unknown_host = std::exchange(unknown_host_, false) && !was_of_use;
  if (follow_redirect()) {
    // The attempt goes on.
  } else if (unknown_host && speak_otherwise()) {
    // Likewise.
  } else if (std::exchange(link_taken_back_, false)) {
    retry_at_ = now(); // by the new rules
  } else if (!was_ready || (!was_of_use && wanted())) {
    // Features are no success: the server may still refuse all that is wanted of it.
    try_of_former_failed();
    if (!try_next_address())
      attempt_failed(last_why_ == failure::none ? failure::stream_closed : last_why_, last_detail_);
  } else if (now() - link_up_since_ >= lasting_time || !wanted()) {
    failures_ = 0;
  } else {
    // It came up and went: what it gave back waits for the next one, but not for one a moment.
    retry_at_ = now() + back_off();
    if (to_node())
      node_missed();
  }
  if (stopping_)
    for (auto& [sender, lane] : lanes_)
      reject_all(lane, failure::shutting_down, {});
  for (auto& [sender, lane] : lanes_)
    use_reverse(sender, lane);
  forget_lanes();
  kick();
  retire_if_unused();
  schedule();
}

void domain_state::forget_lanes() {
  prune_busy();
  std::erase_if(lanes_, [](auto& x) {
    return x.second.queue.empty() && x.second.state == pair_state::unasked
           && x.second.reverse == nullptr;
  });
}

} // namespace fedhub
