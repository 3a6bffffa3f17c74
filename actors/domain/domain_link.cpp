// The domain actor: the life of its own stream.
#include "actors/domain/domain_state.hpp"

#include <utility>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/hub/node_health.hpp"
#include "actors/hub/reply.hpp"
#include "actors/log/log.hpp"

namespace fedhub {

void domain_state::on_step(const connection_actor& link, admin::attempt_step step) {
  if (link == link_)
    attempts_->go_on(step, now());
}

void domain_state::on_link_up(const connection_actor& link, questions_taken questions) {
  if (link != link_ || !route_.in(route_phase::negotiating))
    return;
  outgoing_->on_ready(now());
  use_.note_proven();
  external_.passed(outgoing_->server().address);
  enter(route_phase::ready);
  if (lanes_->stanzas_wait())
    attempts_->go_on(admin::attempt_step::authentication, now());
  else
    record_end(attempts_->succeed(now())); // it is for questions only
  give_up_former();                        // the peer was not asked about it, or gave no answer
  offer_host(questions);
  kick();
  finish_dialback_only();
  schedule();
}

void domain_state::on_pair(const connection_actor& link, const pair_outcome& outcome) {
  if (link != link_)
    return;
  auto& lane = lane_of(outcome.pair.from).second;
  if (outcome.why == failure::dialback_not_offered)
    external_.forget(outgoing_->server().address); // EXTERNAL is the only way
  if (outcome.why != failure::none) {
    record_end(attempts_->fail(outcome.why, outcome.detail, now()));
    const bool otherwise = outcome.unknown_host && !outgoing_->of_use() && other_form();
    if (otherwise
        || tries_next_address_after(
          outcome.why)) { // another server of the domain may accept the pair
      lane.pair.take_back();
      outgoing_->on_refusal(outcome.detail, otherwise);
      return close_link(outcome.why);
    }
    lane.pair.refuse(now(), outcome.why, outcome.detail);
    if (outcome.why == failure::dialback_refused || outcome.why == failure::dialback_error)
      node_found(); // it has answered, with a refusal
    reject_all(lane, outcome.why, outcome.detail);
    report();
    finish_dialback_only();
    schedule();
    return;
  }
  lane.pair.authorise();
  record_end(attempts_->succeed(now()));
  if (const auto* node = outgoing_->node(); node != nullptr && to_node())
    note_node_reached(*hub_, node->host, node->port);
  outgoing_->on_use();
  attempt_ = nullptr;    // from now on the stream's end is no failure, and no redirect is followed
  retry_.forget_cause(); // until now, an earlier failure may be the cause of the next one
  node_found();
  route_log(log_module::connection_history, "states of domain pairs")
    .info("[{} {} from {}] PENDING->CONNECTED", route_name(), fact::domain(target()),
          outcome.pair.from.str(), fact::pair(outcome.pair), fact::former_state("PENDING"),
          fact::state("CONNECTED"), fact::leg(leg_));
  if (lane.reverse == nullptr)
    send_queue(link_, lane);
}

bool domain_state::tries_next_address_after(failure why) const {
  return why != failure::queue_full && !outgoing_->of_use() && !stopping() && attempt_
         && attempt_->may_go_on();
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

void domain_state::on_link_down(const connection_actor& link, const link_end& end) {
  if (auto* reverse = find_reverse(link)) {
    reverse->state = reverse_link::phase::down;
    self_->send(link, release_atom_v);
    return;
  }
  if (link != link_)
    return;
  bool was_ready = route_.in(route_phase::ready);
  enter(route_phase::draining);
  leave_host(false);
  self_->send(link_, release_atom_v);
  outgoing_->on_end(end, !lanes_->carries_pair());
  lanes_->end_stream();
  if (outgoing_->was_taken_back()) {
    record_end(attempts_->abandon(now()));
    retry_.forget_cause();
  } else {
    record_end(attempts_->fail(end.why == failure::none ? failure::stream_closed : end.why,
                               end.detail, now()));
    retry_.note(end.why, end.detail);
  }
  if (retry_.detail().empty())
    retry_.add_detail(outgoing_->refusal());
  if (end.carried)
    retry_.succeeded(); // some stanzas arrive each time, even if the stream is cut again and again
  learn_of_external(end);
  if (was_ready)
    for (auto& question : questions_.end_stream(outgoing_->of_use()))
      answer(question, end.why == failure::none ? failure::stream_closed : end.why, end.detail);
}

/// Notes the server's answer to EXTERNAL, and lets the attempt try the same server again.
void domain_state::learn_of_external(const link_end& end) {
  const auto& server = outgoing_->server();
  if (end.why == failure::dialback_not_offered)
    return external_.forget(server.address);
  bool again = true; // dialback may succeed
  if (end.why == failure::external_refused)
    external_.refused(server.address, now());
  else if (end.external_unanswered)
    again = external_.unanswered(server.address, now());
  else
    return;
  if (!attempt_)
    return;
  if (again)
    attempt_->try_again(server);
  else
    attempt_->try_once_more(server);
}

void domain_state::on_returned(stanza_batch& batch) {
  requeue(std::exchange(batch.stanzas, {}));
  schedule();
}

void domain_state::on_drained(const connection_actor& link) {
  if (find_reverse(link) != nullptr)
    return reverse_down(link);
  if (link != link_)
    return;
  link_ = nullptr;
  const auto ended = std::exchange(outgoing_, nullptr);
  enter(route_phase::none);
  if (!follow_redirect(ended->redirect()) && !(ended->unknown_host() && try_next_form()))
    judge_end(ended->verdict(wanted(), now()));
  if (stopping())
    reject_lanes(failure::shutting_down, {});
  use_reverse_where_possible();
  lanes_->forget_idle();
  kick();
  retire_if_unused();
  schedule();
}

void domain_state::judge_end(link_verdict verdict) {
  switch (verdict) {
  case link_verdict::taken_back:
    retry_.at_once(now()); // the new rules may allow a stream
    break;
  case link_verdict::failed:
    if (former_ && former_->try_failed())
      give_up_former();
    if (!try_next_address())
      attempt_failed(retry_.why() == failure::none ? failure::stream_closed : retry_.why(),
                     retry_.detail());
    return;
  case link_verdict::lasted:
    retry_.succeeded();
    break;
  case link_verdict::brief:
    // The returned stanzas wait for the next stream, which is delayed to avoid a stream every
    // moment.
    put_off();
    if (to_node())
      node_missed();
    break;
  }
  attempt_ = nullptr;
}

} // namespace fedhub
