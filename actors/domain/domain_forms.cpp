// The domain actor: the forms that an internationalised name has.
#include "actors/domain/domain_state.hpp"

#include <algorithm>
#include <utility>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/connection/form_search.hpp"
#include "actors/hub/reply.hpp"

namespace fedhub {

namespace {

bool same_rule(const conf::trust_rule& a, const conf::trust_rule& b) {
  return a.methods == b.methods && a.pins == b.pins && a.security_mode == b.security_mode
         && a.report_only == b.report_only;
}

/// The entry for the same octets by that name; null if they have no such form.
const seen_domain* form_named(const stanza& x, const domain_name& name) {
  const auto* other = x.to == nullptr ? nullptr : x.to->other;
  return other != nullptr && other->name == name ? other : nullptr;
}

} // namespace

/// Where the configuration says where the servers are, DNS says nothing of them.
form_verdict domain_state::verdict() const {
  return leg_ == stream_leg::s2s_out && !given_ && target_.deviates()
           ? hub_->forms.verdict(target_, now())
           : form_verdict::own;
}

void domain_state::find_form() {
  note_phase(phase::resolving);
  const auto attempt = ++attempt_;
  search_form(*self_, hub_, target_, asker(), origin(), [this, attempt] {
    if (attempt != attempt_ || phase_ != phase::resolving)
      return;
    note_phase(phase::none);
    dial_if_wanted();
    schedule();
  });
}

bool domain_state::is_other_form() const {
  return !stopping_ && verdict() == form_verdict::transitional;
}

void domain_state::hand_over(std::vector<stanza> xs) {
  const auto name = target_.transitional();
  const auto key = std::hash<domain_name>{}(target_);
  auto batch = std::make_shared<stanza_batch>(hub_->account);
  reply_batch replies{*self_, *hub_, key};
  for (auto& x : xs) {
    if (const auto* other = form_named(x, name)) {
      x.to = other;
      batch->stanzas.push_back(std::move(x));
    } else {
      replies.reject(x, failure::dns_not_found,
                     target_.str() + " has neither SRV nor address records");
    }
  }
  if (!batch->stanzas.empty())
    self_->send(hub_->router_for(key), route_atom_v, std::move(batch));
}

void domain_state::hand_over_all() {
  for (auto& [sender, lane] : lanes_)
    if (!lane.queue.empty())
      hand_over(lane.queue.take_all());
  prune_busy();
}

bool domain_state::may_be_told_other_form() const {
  const auto& trust = *hub_->current()->trust;
  return verdict() == form_verdict::same
         && same_rule(trust.rule(target_), trust.rule(target_.transitional()));
}

bool domain_state::may_speak_otherwise() const {
  return !stopping_ && wanted()
         && (spoken_.wire() != spoken_.str() || (spoken_ == target_ && may_be_told_other_form()));
}

/// U-labels first, then A-labels, then the form of IDNA2003, at the domain's own servers each time.
bool domain_state::speak_otherwise() {
  if (!may_speak_otherwise()) {
    spoken_ = target_ = target_.in_unicode();
    hub_->forms.note_told(target_, name_forms::told::as_usual, now());
    return false;
  }
  const auto until = now() + name_forms::told_time;
  const bool ascii = spoken_.wire() != spoken_.str();
  const auto before = spoken_;
  if (ascii) {
    spoken_ = target_ = target_.in_ascii();
    hub_->forms.note_told(target_, name_forms::told::in_ascii, until);
  } else {
    spoken_ = target_.transitional();
    hub_->forms.note_told(target_, name_forms::told::transitional, until);
  }
  route_log(log_module::stream_out, "forms of names")
    .info("[{}] its server does not know the name as \"{}\": it is told \"{}\"",
          fact::domain(target_), before.wire(), fact::other_form(spoken_.wire()), fact::leg(leg_));
  tried_.clear();
  return try_next_address();
}

/// At the beginning of an attempt.
void domain_state::speak_as_remembered() {
  const auto told = hub_->forms.form_told(target_, now());
  target_ = told == name_forms::told::in_ascii ? target_.in_ascii() : target_.in_unicode();
  spoken_ = told == name_forms::told::transitional && may_be_told_other_form()
              ? target_.transitional()
              : target_;
}

void domain_state::name_as_spoken(std::vector<stanza>& xs) const {
  if (spoken_ == target_)
    return;
  for (auto& x : xs)
    if (const auto* form = form_named(x, spoken_))
      x.to = form;
}

} // namespace fedhub
