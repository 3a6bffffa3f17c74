// The connection actor: the end of the stream, and the stanzas that go back to the owner.
#include "actors/connection/connection_state.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "actors/hub/reply.hpp"
#include "actors/rules/admission.hpp"
#include "actors/runtime/network_loop.hpp"
#include "actors/stanzas/accounting.hpp"
#include "metrics/hub_metrics.hpp"

namespace fedhub {

void connection_state::fail(stream_error error, failure why, std::string_view detail,
                            std::string_view application) {
  flush_batch(); // stanzas before the fault are valid
  push_final_count();
  run(role_.fail(error, why, detail, application));
}

void connection_state::begin_closing(const link_end& why) {
  if (!ending_.open())
    return;
  flush_batch();
  const auto t = now();
  const auto open_for = t - ending_.since();
  ending_.begin(why, t);
  close_session();
  if (!holds())
    input_->clear();
  if (reading_.gate.is_shut(read_gate::credit)) { // from now on only the peer's end is read
    pause(false);
    self_->send(self_, ready_atom_v, transport_->fd());
  }
  end_claim();
  auto& metrics = hub_->metrics;
  if (!facts_.header_seen && facts_.leg == stream_leg::node_component)
    metrics.streams_opened.at(facts_.leg).Increment();
  metrics.streams_closed.at(facts_.leg, why.why).Increment();
  bool served_questions = !facts_.authenticated && facts_.questions > 0;
  if (!facts_.authenticated && !served_questions) {
    metrics.negotiations.at(facts_.leg, negotiation_result::failed).Increment();
    metrics.negotiation_failures.at(facts_.leg, why.why).Increment();
  }
  bool dialback_only = facts_.questions > 0 && facts_.pairs == 0;
  if (why.error != stream_error::none)
    stream_log("stream errors")
      .warn("{} stream error {} sent: {}", label(), fact::stream_error(why.error),
            fact::detail(why.detail), fact::failure(why.why), fact::duration_s(open_for));
  else if (dialback_only && (why.why == failure::none || why.why == failure::stream_closed))
    stream_log("closed streams")
      .info("{} stream closed (dialback only)", label(), fact::duration_s(open_for));
  else
    stream_log("closed streams")
      .info("{} stream closed: {}", label(), explained{why.why, why.detail, "in order"},
            fact::duration_s(open_for));
  label().record_end(why, open_for);
  note_state("CLOSED");
  if (owner_)
    self_->send(owner_, linkdown_atom_v, connection_actor{self_}, ending_.end());
  security_.layer.stream_ends();
  if (security_.layer.handshaking())
    end(); // no XML can be written during a handshake
}

void connection_state::end() {
  if (!ending_.finish())
    return;
  report_end();
  flush_batch();
  count_octets();
  answer_unconfirmed();
  if (ending_.stage() != drain_stage::running)
    discard_input();
  identity_->forget();
  transport_.reset();
  hub_->loop.closed(watch_);
  watch_.reset();
  // Oldest first: stanzas written and not acknowledged, stanzas not written, stanzas that came
  // after the end began.
  auto left = outbox_->take_held(now());
  const bool complete = !answer_hopeless(left);
  if (outgoing() && owner_ && !left.empty() && complete && ending_.broke_off())
    if (auto session = management_->session())
      undelivered_.keep(left.size(), std::move(*session));
  std::ranges::move(outbox_->take_unwritten(), std::back_inserter(left));
  undelivered_.add_older(std::move(left));
  reported_.stream = {};
  forget_memory();
  ticket_.reset();
  hub_->admission.awaited.ended(id_);
  give_back();
}

void connection_state::give_back() {
  if (ending_.open() || !ending_.released() || !outbox_->empty() || holds())
    return;
  if (ending_.give_back()) {
    auto kept = undelivered_.take_kept();
    // The rest goes first although it is newer. An owner that may not keep the kept stanzas then
    // puts them in front of the rest.
    if (auto rest = undelivered_.take_rest(); !rest.empty())
      self_->send(owner_, returned_atom_v, connection_actor{self_}, batch_of(std::move(rest)));
    if (kept)
      self_->send(owner_, keep_atom_v, connection_actor{self_},
                  std::make_shared<const kept_stream>(
                    kept_stream{std::move(kept->session), role_.outgoing()->sender_name(),
                                batch_of(std::move(kept->stanzas))}));
    self_->send(owner_, drained_atom_v, connection_actor{self_});
  }
  maybe_quit();
}

stanza_batch_ptr connection_state::batch_of(std::vector<stanza> stanzas) {
  auto batch = std::make_shared<stanza_batch>(hub_->account);
  batch->stanzas = std::move(stanzas);
  return batch;
}

void connection_state::maybe_quit() {
  if (!ending_.ended() || !ending_.released())
    return;
  reply_batch replies{*self_, *hub_, id_};
  for (auto& stanza : undelivered_.take_rest())
    replies.reject(stanza, ending_.why_unsent(), ending_.end()->detail);
  self_->quit();
}

} // namespace fedhub
