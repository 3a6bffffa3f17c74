// The connection actor: a reload, and taking back what it does not grant any more.
#include "actors/connection/connection_state.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/hub/reply.hpp"
#include "actors/hub/settings.hpp"
#include "actors/rules/routing_table.hpp"

namespace fedhub {

void connection_state::on_reload(const reload_round& round) {
  settings_ = hub_->current();
  watch_over();
  if (ending_.open()) {
    // A handshake in progress keeps the certificates that it began with.
    if (!security_.layer.handshaking())
      security_.tls = settings_->tls;
    auto& before = *round.before.configured;
    if (before.tls && settings_->tls && before.tls->policy() != settings_->tls->policy())
      identity_->judge_again(*settings_->tls);
    auto on_rules = role_.on_rules(round.before);
    run(std::move(on_rules.actions));
    if (!on_rules.taken)
      on_rules = {.taken = judge_peer(), .whole = true};
    if (on_rules.taken)
      take_back(on_rules);
  }
  write();
  schedule();
}

revocation connection_state::judge_peer() const {
  if (security_.layer.undecided())
    return {}; // it will be judged by the rules in force then
  const auto& remote = outgoing() ? role_.tls_name() : role_.named().from;
  const bool sends =
    facts_.leg == stream_leg::s2s_out ? facts_.authenticated : worldly() && ping_ != nullptr;
  if (sends && !identity_->still_gets_stanzas(remote))
    return {failure::certificate_refused, std::string{identity_->proof(remote).detail}};
  if (!transport_->tls())
    return {};
  if (settings_->config.tls.preset == conf::tls_preset::modern
      && SSL_version(transport_->ssl()) < TLS1_3_VERSION)
    return {failure::tls_failed, "TLS 1.3 is required now"};
  auto& target = role_.tls_name();
  if (facts_.leg == stream_leg::s2s_out && !identity_->proof(target)
      && !identity_->dialback_stands(target))
    return {failure::certificate_refused, std::string{identity_->proof(target).detail}};
  return {};
}

void connection_state::take_back(const review& review) {
  ending_.revoke();
  auto back = outbox_->take_waiting([&](const stanza& waiting) {
    return review.whole || waiting.from == nullptr || waiting.to == nullptr
           || !role_.still_sends(waiting);
  });
  for (auto& stanza : back) // the owner decides anew about them
    undelivered_.add(std::move(stanza));
  const auto detail =
    review.taken.detail.empty() ? std::string{describe(review.taken.why)} : review.taken.detail;
  fail(stream_error::policy_violation, review.taken.why,
       "the configuration has changed: " + detail);
}

void connection_state::on_sweep() {
  auto table = hub_->table();
  auto denied = [&](const stanza& stanza) {
    return stanza.generated || stanza.from == nullptr || stanza.to == nullptr
             ? failure::none
             : table->admits_pair(stanza.from->name, stanza.to->name);
  };
  reply_batch replies{*self_, *hub_, id_};
  for (auto& x : outbox_->take_waiting([&](auto& y) { return denied(y) != failure::none; }))
    replies.reject(x, denied(x));
  write();
  schedule();
}

} // namespace fedhub
