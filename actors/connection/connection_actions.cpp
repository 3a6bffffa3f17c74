// The connection actor: the actions of its state machine.
#include "actors/connection/connection_state.hpp"

#include <algorithm>
#include <utility>

#include "actors/connection/dialback_verifier.hpp"
#include "actors/connection/stream_policies.hpp"
#include "actors/hub/node_health.hpp"
#include "actors/hub/reply.hpp"
#include "actors/hub/settings.hpp"
#include "actors/rules/admission.hpp"
#include "actors/rules/routing_table.hpp"
#include "metrics/hub_metrics.hpp"
#include "protocol/events/dialback_outcome.hpp"
#include "protocol/events/dialback_step.hpp"
#include "protocol/events/sasl_step.hpp"
#include "protocol/negotiation/masked_xml.hpp"

namespace fedhub {

namespace {

dialback_result result_of(dialback_outcome outcome) {
  switch (outcome) {
  case dialback_outcome::valid:
    return dialback_result::valid;
  case dialback_outcome::invalid:
    return dialback_result::invalid;
  default:
    return dialback_result::error;
  }
}

/// Returns the subject of its lines in the log.
std::string_view kind_of(const dialback_seen& seen) {
  switch (seen.step) {
  case dialback_step::key:
    return seen.sent ? "keys sent" : "keys received";
  case dialback_step::verify_request:
    return seen.sent ? "verify requests sent" : "verify requests received";
  case dialback_step::verify_response:
    return seen.sent ? "verify responses sent" : "verify responses received";
  case dialback_step::result:
    return seen.sent ? "results sent" : "results received";
  }
  return "dialback";
}

} // namespace

identity_method connection_state::proof_of(const domain_name& domain) const {
  if (!worldly())
    return identity_method::configured;
  auto by = identity_->proof(domain).by;
  if (by == identity_method::none && !outgoing())
    return identity_method::dialback;
  return by;
}

void connection_state::run(stream_actions actions) {
  if (facts_.leg == stream_leg::node_component && !claims_node(actions))
    return;
  for (auto& action : actions)
    std::visit([this](auto& x) { act(x); }, action);
}

void connection_state::act(send_xml& output) {
  if (auto out = stream_log("what is sent"); out.should_log(spdlog::level::trace))
    out.trace("{} sends {}", label(), fact::xml(mask_secrets(output.xml)));
  times_.payload_queued(now(), false);
  outbox_->push(std::move(output.xml));
}

/// Reports to the owner how far an outgoing stream has come.
void connection_state::begin_step(admin::attempt_step step) {
  if (outgoing() && owner_ && !facts_.negotiated)
    self_->send(owner_, step_atom_v, connection_actor{self_}, step);
}

void connection_state::act(start_tls&) {
  begin_step(admin::attempt_step::tls);
  security_.layer.agree_tls();
  input_->clear();
}

void connection_state::act(restart_stream& restart) {
  reading_.scanner->reset();
  input_->clear();
  if (restart.after_sasl)
    security_.layer.agree_restart();
}

void connection_state::act(stream_ready&) {
  if (auto* own = role_.outgoing()) {
    facts_.negotiated = true;
    if (own->management_offered() && !management_) {
      make_management(stream_management::role::initiating);
      if (management_) {
        run(management_->start(now(), own->take_former()));
        if (management_->state() == stream_management::phase::resuming)
          return; // until the peer has answered, nothing may be sent
      }
    }
    announce();
  }
}

void connection_state::announce() {
  if (owner_)
    self_->send(owner_, linkup_atom_v, connection_actor{self_}, role_.outgoing()->questions());
}

void connection_state::act(verify_key& request) {
  reading_.turn.charge(turn_budget::question);
  if (!facts_.authenticated && ticket_ && !ticket_->room_for(request.pair.from.str()))
    return refuse_share();
  spawn_dialback_verifier(self_->home_system(), hub_, connection_actor{self_}, std::move(request),
                          asker(), origin());
}

void connection_state::refuse_share() {
  fail(stream_error::resource_constraint, failure::memory_full,
       "this domain or address has too many connections");
}

dns_asker connection_state::asker() const {
  if (!worldly())
    return {};
  return {facts_.authenticated ? dns_party::remote : dns_party::stranger, address_group{peer_}};
}

void connection_state::act(pair_authorised& authorised) {
  ++facts_.pairs;
  if (facts_.leg == stream_leg::s2s_out && !identity_->may_get_stanzas(authorised.pair.to)) {
    pair_refused refusal{authorised.pair, failure::certificate_refused,
                         std::string{identity_->proof(authorised.pair.to).detail}};
    return act(refusal);
  }
  const auto& peer = outgoing() ? authorised.pair.to : authorised.pair.from;
  auto method = proof_of(peer);
  hub_->metrics.identities.at(facts_.leg, method).Increment();
  stream_log("authorised domains")
    .info("{} authorised {} by {} ({})", label(), fact::pair(authorised.pair),
          fact::mechanism(authorised.how), fact::proof(method));
  const bool another = facts_.authenticated && peer.str() != role_.peer_name();
  authenticated(authorised.pair.from);
  if (facts_.pairs == 1 || another) {
    report_stream(peer);
    label().record_authenticated(peer, to_string(method));
  }
  if (facts_.leg == stream_leg::node_s2s_in)
    note_node_spoke(*hub_, peer_, authorised.pair.from);
  if (auto* own = role_.outgoing(); own != nullptr && own->bidi())
    make_ping(authorised.pair);
  if (outgoing() && owner_)
    self_->send(
      owner_, pair_atom_v, connection_actor{self_},
      std::make_shared<const pair_outcome>(pair_outcome{authorised.pair, failure::none, {}}));
}

void connection_state::act(sasl_seen& seen) {
  if (seen.sent && seen.step == sasl_step::auth)
    begin_step(admin::attempt_step::authentication);
  const std::string condition{seen.step == sasl_step::failure ? to_string(seen.why) : ""};
  stream_log("SASL").info("{} {} SASL {}{}{}", label(),
                          fact::direction(seen.sent ? "sent" : "received"), fact::step(seen.step),
                          condition.empty() ? "" : " " + condition,
                          seen.detail.empty() ? "" : ": " + seen.detail, fact::condition(condition),
                          fact::detail(seen.detail));
}

void connection_state::act(reverse_authorised& authorised) {
  if (worldly() && !identity_->may_get_stanzas(authorised.pair.to))
    return;
  stream_log("streams for both directions")
    .info("{} the hub may send {} on this stream too", label(), fact::pair(authorised.pair));
  make_ping(authorised.pair);
  self_->send(hub_->directory, adopt_atom_v, connection_actor{self_}, authorised.pair);
}

void connection_state::act(peer_limits& limits) {
  if (limits.max_bytes != 0)
    facts_.peer_limit = static_cast<uint32_t>(std::min<size_t>(limits.max_bytes, UINT32_MAX));
  stream_log("limits of peers")
    .debug(
      "{} the peer accepts stanzas of up to {} octets, and closes streams that are idle for {} s",
      label(), fact::max_bytes(limits.max_bytes), fact::idle_s(limits.idle_seconds));
}

void connection_state::act(pair_refused& refused) {
  stream_log("refused domains")
    .warn("{} refused {}: {}", label(), fact::pair(refused.pair),
          explained{refused.why, refused.detail});
  if (!outgoing())
    label().record_refusal(refused.pair.from, refused.why, refused.detail);
  if (owner_)
    self_->send(owner_, pair_atom_v, connection_actor{self_},
                std::make_shared<const pair_outcome>(
                  pair_outcome{refused.pair, refused.why, refused.detail, refused.unknown_host}));
}

void connection_state::act(pair_denied& denied) {
  const auto why = describe_denial(hub_->current()->config.federation, denied.pair.from);
  stream_log("denied domains")
    .warn("{} denied {}: {}", label(), fact::pair(denied.pair),
          explained{denied.why, denied.why == failure::domain_denied ? std::string_view{why} : ""});
  label().record_refusal(denied.pair.from, denied.why,
                         denied.why == failure::domain_denied ? why : "");
}

void connection_state::act(key_answered& key_answered) {
  if (!owner_)
    return;
  verification answer{{key_answered.pair, key_answered.stream_id, key_answered.key},
                      key_answered.outcome,
                      failure::none,
                      key_answered.condition};
  if (key_answered.outcome == dialback_outcome::error)
    answer.why = failure::dialback_error;
  self_->send(owner_, verified_atom_v, std::make_shared<const verification>(std::move(answer)));
}

void connection_state::act(dialback_seen& seen) {
  auto& metrics = hub_->metrics;
  if (seen.step == dialback_step::result)
    metrics.dialback
      .at(outgoing() ? dialback_role::initiating : dialback_role::receiving,
          result_of(seen.outcome))
      .Increment();
  if (seen.step == dialback_step::verify_response && !outgoing())
    metrics.dialback.at(dialback_role::authoritative, result_of(seen.outcome)).Increment();
  if (seen.step == dialback_step::verify_request)
    ++facts_.questions;
  note_expected(seen);
  const peer_log out{log_module::dialback_verify, kind_of(seen), origin()};
  if (!out.should_log(spdlog::level::info))
    return;
  const auto key = seen.key.empty() ? std::string{} : shorten_key(seen.key);
  const std::string outcome{seen.outcome == dialback_outcome::none ? "" : to_string(seen.outcome)};
  out.info("{} {} {} {}{}{}{}", label(), fact::direction(seen.sent ? "sent" : "received"),
           fact::step(seen.step), fact::pair(seen.pair),
           seen.stream_id.empty() ? "" : " id=" + seen.stream_id, key.empty() ? "" : " key=" + key,
           outcome.empty() ? "" : " type=" + outcome, fact::question_id(seen.stream_id),
           fact::key(key), fact::outcome(outcome));
}

void connection_state::note_expected(const dialback_seen& seen) {
  if (!outgoing()) {
    if (ticket_ && seen.step == dialback_step::verify_response && seen.sent
        && seen.outcome == dialback_outcome::valid)
      ticket_->served();
  } else if (seen.step == dialback_step::key && seen.sent) {
    hub_->admission.awaited.sent(id_, address_group{peer_});
  } else if (seen.step == dialback_step::result && !seen.sent) {
    hub_->admission.awaited.answered(id_);
  }
}

void connection_state::act(component_authenticated& component_authenticated) {
  const auto& name = role_.component()->node(component_authenticated.candidate);
  hub_->metrics.identities.at(facts_.leg, identity_method::configured).Increment();
  authenticated({});
  report_stream();
  label().record_authenticated({}, "handshake");
  auto table = hub_->table();
  for (auto& node : table->nodes())
    if (node.name == name) {
      owner_ = node.owner;
      ending_.bind();
      self_->send(owner_, linkup_atom_v, connection_actor{self_}, questions_taken::of_target);
    }
  if (!owner_)
    fail(stream_error::not_authorized, failure::node_rejected,
         "the node is no longer in the configuration");
}

void connection_state::act(close_stream& closing) {
  begin_closing({.error = closing.error,
                 .why = closing.why,
                 .detail = std::move(closing.detail),
                 .redirect = std::move(closing.redirect),
                 .unknown_host = closing.unknown_host,
                 .external_unanswered = closing.external_unanswered});
}

void connection_state::authenticated(const domain_name& domain) {
  if (std::exchange(facts_.authenticated, true))
    return;
  if (ticket_ && !ticket_->authenticated(domain.str()))
    refuse_share();
  forget_memory();
  reading_.scanner->set_limits(scan_limits(true));
  auto& metrics = hub_->metrics;
  reported_.stream.move_to(
    metrics.streams.at(facts_.leg, stream_state::authenticated,
                       transport_->tls() ? stream_tls::tls : stream_tls::plain));
  metrics.negotiations.at(facts_.leg, negotiation_result::ok).Increment();
  metrics.negotiation_duration.at(facts_.leg)
    .Observe(std::chrono::duration<double>(now() - ending_.since()).count());
  note_state("CONNECTED");
  identity_->slim();
}

} // namespace fedhub
