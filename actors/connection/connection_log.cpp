// The connection actor: its name and origin in the log, and its events in the history.
#include "actors/connection/connection_state.hpp"

#include "actors/history/history_queue.hpp"
#include "actors/hub/reply.hpp"

namespace fedhub {

void connection_state::note_state(const char* to) {
  peer_log{log_module::connection_history, "states of connections", origin()}.info(
    "{} {}->{}", label(), fact::former_state(std::string_view{reported_.state}),
    fact::state(std::string_view{to}));
  reported_.state = to;
}

std::string stream_label::str() const {
  auto& role = of.role_;
  auto peer = role ? role.peer_name() : std::string();
  std::string text = "[" + std::to_string(of.id_) + " ";
  text += of.leg_known() ? to_string(of.facts_.leg) : "node";
  if (!peer.empty())
    text += " " + peer;
  if (role && !role.stream_id().empty())
    text += " id=" + role.stream_id();
  return text + "]";
}

void stream_label::add_to(log_facts& to) const {
  to.add(fact::stream.name, of.id_);
  if (of.leg_known())
    to.add(fact::leg.name, of.facts_.leg);
  to.add(fact::address.name, of.peer_);
  if (of.role_) {
    to.add(fact::peer.name, of.role_.peer_name());
    to.add(fact::stream_id.name, of.role_.stream_id());
  }
}

history_event stream_label::event(admin::event_kind kind, std::string_view domain) const {
  history_event event{.kind = kind, .domain = std::string{domain}, .stream = of.id_};
  if (domain.empty() && of.role_)
    event.domain = of.role_.peer_name();
  if (of.leg_known())
    event.leg = of.facts_.leg;
  event.actor = of.peer_.str();
  return event;
}

void stream_label::record_authenticated(const domain_name& domain, std::string_view method) const {
  auto authenticated = event(admin::event_kind::stream, domain.str());
  authenticated.detail.append("authenticated: ").append(method);
  of.hub_->history.record(std::move(authenticated));
}

void stream_label::record_refusal(const domain_name& domain, failure why,
                                  std::string_view detail) const {
  auto refusal = event(admin::event_kind::refusal, domain.str());
  refusal.why = why;
  refusal.detail = detail;
  of.hub_->history.record(std::move(refusal));
}

void stream_label::record_end(const link_end& why, std::chrono::nanoseconds lasted) const {
  const auto& facts = of.facts_;
  const bool refused = why.why != failure::none && why.why != failure::stream_closed;
  if (!facts.authenticated
      && (of.outgoing() || !facts.header_seen || facts.questions > 0 || !refused))
    return;
  auto end =
    event(facts.authenticated ? admin::event_kind::stream : admin::event_kind::refusal, {});
  end.why = why.why;
  end.detail = "closed after "
               + std::to_string(std::chrono::duration_cast<std::chrono::seconds>(lasted).count())
               + " s: " + explained{why.why, why.detail, "in order"}.str();
  of.hub_->history.record(std::move(end));
}

log_origin connection_state::origin() const {
  auto standing = log_standing::authenticated;
  if (!facts_.authenticated)
    standing = outgoing() && !facts_.provoked ? log_standing::unproven : log_standing::stranger;
  return {standing, log_peer(peer_)};
}

log_module connection_state::stream_module() const {
  switch (facts_.leg) {
  case stream_leg::s2s_in:
  case stream_leg::node_s2s_in:
    return log_module::stream_in;
  case stream_leg::node_component:
    return log_module::stanza_component_in;
  case stream_leg::s2s_out:
  case stream_leg::node_s2s_out:
    break;
  }
  return log_module::stream_out;
}

log_module connection_state::stanza_module_in() const {
  return facts_.leg == stream_leg::node_component ? log_module::stanza_component_in
                                                  : log_module::stream_in;
}

log_module connection_state::stanza_module_out() const {
  return facts_.leg == stream_leg::node_component ? log_module::stanza_component_out
                                                  : log_module::stream_out;
}

} // namespace fedhub
