// The connection actor: stream management (XEP-0198).
#include "actors/connection/connection_state.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/hub/reply.hpp"
#include "actors/rules/resumable_sessions.hpp"
#include "actors/rules/routing_table.hpp"
#include "metrics/hub_metrics.hpp"
#include "protocol/negotiation/dialback.hpp"
#include "protocol/text/namespaces.hpp"
#include "protocol/xml/stream_element.hpp"

namespace fedhub {

namespace {

/// A silent peer is found dead within this time.
constexpr std::chrono::seconds dead_after{90};
constexpr std::chrono::seconds least_keepalive{5};
/// If this many streams ended before they acknowledged a stanza, the stanza may be the cause.
constexpr uint8_t most_times_sent = 3;

failure failure_of(management_fault x) {
  return x == management_fault::timed_out ? failure::acknowledge_timeout : failure::stream_invalid;
}

} // namespace

void connection_state::make_management(stream_management::role side) {
  auto& config = settings_->config;
  if (!config.federation.stream_management || !facts_.peer_xmpp_1)
    return;
  stream_management::options options;
  options.side = side;
  options.acknowledge = config.timeouts.acknowledge;
  options.keepalive = std::max<std::chrono::seconds>(
    least_keepalive,
    std::min(config.timeouts.keepalive / 2, dead_after - config.timeouts.acknowledge));
  options.wants_resumption = true;
  if (side == stream_management::role::receiving) {
    options.resume_id = make_stream_id(); // 128 random bits
    options.resume_max = resumable_sessions::lifetime;
  }
  management_ = std::make_unique<stream_management>(std::move(options));
}

bool connection_state::take_management(std::string_view text) {
  if (reading_.scanner->namespace_uri() != ns::stream_management)
    return false;
  // Created on the first request, since most streams that peers open do not use it.
  if (!management_ && facts_.authenticated && !outgoing()
      && facts_.leg != stream_leg::node_component) {
    make_management(stream_management::role::receiving);
    if (management_)
      management_->permit();
  }
  if (!management_)
    return false;
  if (auto element = stream_element::parse(text, peer_context().bindings))
    run(management_->on_element(element->root(), now()));
  return true;
}

void connection_state::scan_acknowledgements() {
  for (;;) {
    auto item = reading_.scanner->next(input_->pending());
    auto text = input_->pending().substr(item.skip, item.length);
    input_->consume(item.status == scan_status::need_more ? item.skip : item.skip + item.length);
    switch (item.status) {
    case scan_status::element:
      // Stanzas are not accepted any more, and so not acknowledged.
      if (!past_limits(reading_.scanner->tag().obstacle))
        take_management(text);
      break;
    case scan_status::need_more:
      return;
    default:
      input_->clear();
      return;
    }
  }
}

void connection_state::run(management_actions actions) {
  for (auto& action : actions)
    std::visit(
      [this](auto& stanza) {
        if constexpr (std::is_same_v<std::decay_t<decltype(stanza)>, send_xml>)
          outbox_->push(std::move(stanza.xml)); // no payload: does not keep an idle stream open
        else
          act(stanza);
      },
      action);
}

void connection_state::act(send_ahead& x) { outbox_->push_ahead(std::move(x.xml)); }

void connection_state::act(hold_written&) { outbox_->hold_written(); }

void connection_state::act(stop_holding& stop) {
  stream_log("stream management")
    .info("{} the peer does not acknowledge stanzas: {}", label(),
          stop.condition.empty() ? "no reason given" : stop.condition,
          fact::condition(stop.condition));
  outbox_->stop_holding(*transport_, now());
}

void connection_state::act(stanzas_acknowledged& acknowledged) {
  outbox_->acknowledge(acknowledged.count);
  times_.progressed(now());
  ending_.stanza_acknowledged();
}

void connection_state::act(management_enabled& enabled) {
  stream_log("stream management")
    .info("{} stanzas are acknowledged{}", label(),
          enabled.resumable ? ", the stream can be resumed" : "",
          fact::resumable(enabled.resumable));
  if (enabled.resumable && !outgoing())
    open_session();
}

void connection_state::act(management_broken& broken) {
  if (ending_.open())
    fail(broken.error, failure_of(broken.fault), broken.detail, broken.application);
}

// ---- resumption --------------------------------------------------------------------------------

void connection_state::act(resume_asked&) { decide_resumption(); }

void connection_state::act(session_settled& settled) {
  if (!outgoing())
    return; // unacknowledged stanzas of an incoming stream went back to the owner at its end
  stream_log("stream management")
    .info("{} the former stream is {}; {} of its stanzas had arrived", label(),
          fact::outcome(settled.resumed ? "resumed" : "gone"), fact::stanzas(settled.acknowledged));
  hub_->metrics.resumptions
    .at(resumption_role::initiating,
        settled.resumed ? resumption_result::resumed : resumption_result::refused)
    .Increment();
  if (owner_)
    self_->send(owner_, settled_atom_v, connection_actor{self_}, settled.acknowledged);
  if (ending_.open())
    announce();
}

void connection_state::decide_resumption() {
  if (!ending_.open() || !management_ || management_->state() != stream_management::phase::deciding)
    return;
  using verdict = resumable_sessions::verdict;
  auto found = hub_->sessions.claim(
    management_->session_id(), connection_actor{self_},
    [this](const domain_pair& x) { return role_.take(x.from, x.to) == stream_error::none; }, now());
  if (found.is == verdict::in_use) {
    self_->send(found.holder, close_atom_v,
                std::make_shared<const link_end>(
                  link_end{stream_error::conflict, failure::stream_closed,
                           "the peer resumes the stream on another connection"}));
    return; // decides again at `settled_atom`
  }
  const bool resumed = found.is == verdict::resumable;
  stream_log("stream management")
    .info("{} the peer {} a former stream", label(), resumed ? "resumes" : "can't resume",
          fact::outcome(resumed ? "resumed" : "gone"));
  hub_->metrics.resumptions
    .at(resumption_role::receiving,
        resumed ? resumption_result::resumed : resumption_result::refused)
    .Increment();
  if (resumed)
    run(management_->resume(found.session, now()));
  else if (found.is == verdict::count)
    run(management_->refuse_resume(found.session.handled));
  else
    run(management_->refuse_resume());
}

void connection_state::open_session() {
  auto pair = role_.named();
  if (!pair.from.empty() && !pair.to.empty()
      && role_.take(pair.from, pair.to) == stream_error::none)
    hub_->sessions.open(management_->session_id(), id_, std::move(pair), address_group{peer_},
                        connection_actor{self_});
}

void connection_state::close_session() {
  if (!management_ || outgoing() || management_->session_id().empty())
    return;
  std::optional<resumable_sessions::remains> left;
  const bool in_order = ending_.why() == failure::none || ending_.why() == failure::shutting_down;
  if (auto session = management_->session(); session && !in_order) {
    // Stanzas that the hub sent here and that are unacknowledged take another stream now. So the
    // stream can't be resumed, but the peer can be told the count of its own stanzas that were
    // handled.
    const bool resumable = session->unacknowledged == 0 && ending_.broke_off();
    // A reload has purged only the sessions that ended before it, so the pair is judged here too.
    const auto pair = role_.named();
    if (hub_->table()->admits_pair(pair.from, pair.to) == failure::none)
      left = {std::move(*session), resumable};
  }
  const auto waiting = hub_->sessions.close(management_->session_id(), id_, std::move(left), now());
  for (auto& x : waiting)
    caf::anon_send(x, settled_atom_v);
}

// ---- writing and the end -----------------------------------------------------------------------

/// Requests an acknowledgement together with the last queued stanza, so that a quiet stream is
/// acknowledged at once.
void connection_state::ask_with_last_stanza() {
  if (management_ && ending_.open() && writing_.writable && !outbox_->blocked()
      && outbox_->size() <= 2 * stream_management::few_stanzas
      && management_->before_flush(outbox_->to_hold(), now()))
    outbox_->push(stream_management::request_xml());
}

void connection_state::note_written() {
  if (!management_)
    return;
  auto progress = outbox_->take_progress();
  run(management_->written(progress.stanzas, progress.octets, now()));
}

bool connection_state::answer_hopeless(std::vector<stanza>& held) {
  auto hopeless =
    std::ranges::stable_partition(held, [](auto& x) { return x.times_sent < most_times_sent; });
  reply_batch replies{*self_, *hub_, id_};
  for (auto& stanza : hopeless)
    replies.reject(stanza, ending_.why_unsent(),
                   "sent on " + std::to_string(most_times_sent)
                     + " streams, none of which acknowledged it");
  const bool found = !hopeless.empty();
  held.erase(hopeless.begin(), hopeless.end());
  return found;
}

void connection_state::push_final_count() {
  if (!management_ || !ending_.open() || management_->state() == stream_management::phase::broken)
    return;
  if (management_->unacknowledged() > 0)
    outbox_->push(stream_management::request_xml());
  outbox_->push(management_->final_count_xml());
}

} // namespace fedhub
