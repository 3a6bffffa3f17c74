// The domain actor: the need for a stream, and requests to the peer.
#include "actors/domain/domain_state.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "metrics/hub_metrics.hpp"
#include "protocol/text/domain_name.hpp"

namespace fedhub {

bool domain_state::wanted() const {
  return former_ || questions_.any_not_lent() || lanes_->stanzas_wait() || seeks_node();
}

bool domain_state::unused() const {
  return route_.in(route_phase::none) && questions_.empty() && !wanted() && reverse_.empty();
}

domain_name domain_state::first_sender() const {
  if (former_)
    return former_->sender();
  if (const auto* waiting = lanes_->first_waiting())
    return waiting->first;
  if (!questions_.empty())
    return questions_.all().front().value->question.pair.to;
  return seeks_node() ? node_.missed_by() : domain_name{};
}

dns_asker domain_state::asker() const {
  const bool stanzas = lanes_->stanzas_wait();
  if (leg_ != stream_leg::s2s_out || former_ || (stanzas && lanes_->node_waits()))
    return {};
  std::optional<dns_asker> first;
  if (stanzas) // only the hub's own answers, to authenticated peers
    first = dns_asker{dns_party::remote};
  return questions_.first_asker(first).value_or(dns_asker{});
}

void domain_state::kick() {
  if (route_.in(route_phase::ready))
    ask_peer();
  else
    dial_if_wanted();
}

void domain_state::dial_if_wanted() {
  if (route_.in(route_phase::none) && wanted() && retry_.may_dial(now()))
    dial();
}

void domain_state::ask_peer_for(lane_entry& entry, time_point t) {
  if (entry.second.waits())
    ask_pair(entry, t);
}

void domain_state::ask_pair(lane_entry& entry, time_point t) {
  auto& [sender, lane] = entry;
  if (!lane.pair.may_ask(t))
    return;
  lane.pair.ask(t);
  lanes_->due_by(lane.due(patience()));
  self_->send(link_, pair_atom_v, domain_pair{sender, name_.in_use()});
}

void domain_state::ask_peer() {
  auto t = now();
  for (auto* entry : lanes_->busy())
    ask_peer_for(*entry, t);
  ask_node(t);
  questions_.send_all([this](const key_question& question) {
    hub_->metrics.dialback_questions.at(stream_for(question)).Increment();
    self_->send(link_, verify_atom_v, question.value);
  });
}

void domain_state::finish_dialback_only() {
  if (!route_.in(route_phase::ready) || wanted() || lanes_->holds_stream())
    return;
  if (lasts_for_guests())
    schedule();
  else
    close_link(outgoing_->unanswered() ? failure::dialback_timeout : failure::none);
}

} // namespace fedhub
