// The domain actor: the forms of an internationalised name.
#include "actors/domain/domain_state.hpp"

#include <algorithm>
#include <utility>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/connection/form_search.hpp"
#include "actors/hub/reply.hpp"
#include "actors/hub/settings.hpp"
#include "actors/rules/name_forms.hpp"
#include "actors/stanzas/accounting.hpp"

namespace fedhub {

namespace {

bool same_rule(const conf::trust_rule& a, const conf::trust_rule& b) {
  return a.methods == b.methods && a.pins == b.pins && a.security_mode == b.security_mode
         && a.report_only == b.report_only;
}

/// Returns the entry of the stanza's `to` under that name; null if `to` has no such form.
const seen_domain* form_named(const stanza& stanza, const domain_name& name) {
  const auto* other = stanza.to == nullptr ? nullptr : stanza.to->other;
  return other != nullptr && other->name == name ? other : nullptr;
}

} // namespace

/// DNS does not count where the configuration gives the servers.
form_verdict domain_state::verdict() const {
  return leg_ == stream_leg::s2s_out && !given_ && target().deviates()
           ? hub_->forms.verdict(target(), now())
           : form_verdict::own;
}

void domain_state::find_form() {
  enter(route_phase::resolving);
  const auto step = route_.begin_step();
  search_form(*self_, hub_, target(), asker(), origin(), [this, step] {
    if (!route_.awaits(step, route_phase::resolving))
      return;
    end_attempt();
    dial_if_wanted();
    schedule();
  });
}

bool domain_state::is_other_form() const {
  return !stopping() && verdict() == form_verdict::transitional;
}

void domain_state::hand_over(std::vector<stanza> stanzas) {
  const auto name = target().transitional();
  const auto key = std::hash<domain_name>{}(target());
  auto batch = std::make_shared<stanza_batch>(hub_->account);
  reply_batch replies{*self_, *hub_, key};
  for (auto& stanza : stanzas) {
    if (const auto* other = form_named(stanza, name)) {
      stanza.to = other;
      batch->stanzas.push_back(std::move(stanza));
    } else {
      replies.reject(stanza, failure::dns_not_found,
                     target().str() + " has neither SRV nor address records");
    }
  }
  if (!batch->stanzas.empty())
    self_->send(hub_->router_for(key), route_atom_v, std::move(batch));
}

void domain_state::hand_over_all() {
  for (auto& [sender, lane] : lanes_->all())
    if (!lane.queue.empty())
      hand_over(lane.queue.take_all());
  lanes_->prune_busy();
}

bool domain_state::may_use_other_form() const {
  const auto settings = hub_->current();
  const auto& trust = *settings->trust;
  return verdict() == form_verdict::same
         && same_rule(trust.rule(target()), trust.rule(target().transitional()));
}

std::optional<name_forms::server_form> domain_state::other_form() const {
  if (stopping() || !wanted())
    return std::nullopt;
  return name_.next(may_use_other_form());
}

/// Tries the domain's servers again with the next form of its name.
bool domain_state::try_next_form() {
  const auto form = other_form();
  if (!form) {
    name_.use(name_forms::server_form::as_usual);
    hub_->forms.note_server_form(target(), name_forms::server_form::as_usual, now());
    return false;
  }
  const auto before = name_.in_use();
  name_.use(*form);
  hub_->forms.note_server_form(target(), *form, now() + name_forms::server_form_time);
  route_log(log_module::stream_out, "forms of names")
    .info("[{}] its server does not know the name \"{}\": the hub uses \"{}\" instead",
          fact::domain(target()), before.wire(), fact::other_form(name_.in_use().wire()),
          fact::leg(leg_));
  if (attempt_)
    attempt_->try_all_again();
  return try_next_address();
}

/// Chooses the form of the name at the beginning of an attempt.
void domain_state::choose_form() {
  const auto known = hub_->forms.server_form_of(target(), now());
  name_.use(known == name_forms::server_form::in_ascii ? known : name_forms::server_form::as_usual);
  if (known == name_forms::server_form::transitional && may_use_other_form())
    name_.use(known);
}

void domain_state::address_by_form_in_use(std::vector<stanza>& stanzas) const {
  if (name_.own())
    return;
  for (auto& stanza : stanzas)
    if (const auto* form = form_named(stanza, name_.in_use()))
      stanza.to = form;
}

} // namespace fedhub
