// The domain actor: the forms that an internationalised name has.
#include "actors/domain_state.hpp"

#include <algorithm>
#include <utility>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/form_search.hpp"
#include "actors/reply.hpp"

namespace fedhub {

namespace {

/// The entry for the other form, if that is another domain's actor's matter.
const seen_domain* other_form(const stanza& x, const domain_name& target) {
  const auto* other = x.to == nullptr ? nullptr : x.to->other;
  return other != nullptr && other->name != target ? other : nullptr;
}

} // namespace

/// Only stanzas can go by another name: a key is proved by the server of the name that it is for.
bool domain_state::form_unknown() const {
  return leg_ == stream_leg::s2s_out && target_.deviates() && stanzas_wait()
         && hub_->forms.verdict(target_, now()) == form_verdict::unknown;
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
  return leg_ == stream_leg::s2s_out && target_.deviates() && !stopping_
         && hub_->forms.verdict(target_, now()) == form_verdict::transitional;
}

void domain_state::hand_over(std::vector<stanza> xs) {
  auto batch = std::make_shared<stanza_batch>(hub_->account);
  reply_batch replies{*self_, *hub_, std::hash<domain_name>{}(target_)};
  for (auto& x : xs) {
    if (const auto* other = other_form(x, target_)) {
      x.to = other;
      batch->stanzas.push_back(std::move(x));
    } else {
      replies.reject(x, failure::dns_not_found, target_.str() + " is another domain's other name");
    }
  }
  if (!batch->stanzas.empty())
    self_->send(hub_->router_for(std::hash<domain_name>{}(target_)), route_atom_v,
                std::move(batch));
}

void domain_state::hand_over_all() {
  for (auto& [sender, lane] : lanes_)
    if (!lane.queue.empty())
      hand_over(lane.queue.take_all());
  prune_busy();
}

bool domain_state::other_form_left() const {
  return std::ranges::any_of(busy_, [&](auto* lane) {
    return lane->second.queue.any([&](const stanza& x) {
      const auto* other = other_form(x, target_);
      return other != nullptr && !hub_->forms.refused(other->name, now());
    });
  });
}

bool domain_state::may_speak_otherwise() const {
  return !stopping_ && wanted() && (target_.wire() != target_.str() || other_form_left());
}

bool domain_state::speak_otherwise() {
  if (stopping_ || !wanted())
    return false;
  const auto t = now();
  const auto out = route_log(log_module::stream_out, "forms of names");
  if (target_.wire() != target_.str()) {
    target_ = target_.in_ascii();
    hub_->forms.note_in_ascii(target_, t + name_forms::ascii_time);
    out.info("[{}] its server does not know the name as \"{}\": it is told A-labels",
             fact::domain(target_), fact::other_form(target_.in_unicode().wire()), fact::leg(leg_));
    tried_.clear();
    return try_next_address();
  }
  if (target_.is_in_ascii()) { // its server knows neither
    hub_->forms.forget_in_ascii(target_);
    target_ = target_.in_unicode();
  }
  hub_->forms.note_refused(target_, t + name_forms::refusal_time);
  if (!other_form_left())
    return false;
  for (auto* lane : busy_) {
    std::vector<stanza> others, rest;
    for (auto& x : lane->second.queue.take_all())
      (other_form(x, target_) != nullptr ? others : rest).push_back(std::move(x));
    lane->second.queue.push_front(rest);
    if (others.empty())
      continue;
    const auto& other = *others.front().to->other;
    hub_->forms.note(target_.deviates() ? target_ : other.name,
                     target_.deviates() ? form_verdict::transitional : form_verdict::own,
                     t + name_forms::verdict_time);
    out.info("[{}] its server does not know the name: tries {}", fact::domain(target_),
             fact::other_form(other.name), fact::leg(leg_));
    hand_over(std::move(others));
  }
  return false; // for what is left, there is no other name
}

} // namespace fedhub
