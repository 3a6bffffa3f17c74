#include "actors/connection/form_search.hpp"

#include "actors/dns/resolver_log.hpp"
#include "actors/rules/name_forms.hpp"

namespace fedhub {

void note_forms(hub& hub, const domain_name& name, const resolution& own,
                const resolution& transitional, time_point now, const log_origin& origin) {
  log_resolution(own, origin);
  log_resolution(transitional, origin);
  const auto other = name.transitional();
  const peer_log out{log_module::resolver, "forms of names", origin};
  const auto verdict = compare_forms(own, transitional);
  hub.forms.note(
    name, verdict,
    now + (verdict == form_verdict::unclear ? name_forms::unclear_time : name_forms::verdict_time));
  switch (verdict) {
  case form_verdict::transitional:
    out.info("{} has no server of its own, so it is treated as {}", fact::domain(name),
             fact::other_form(other), fact::form_verdict("transitional"));
    break;
  case form_verdict::own:
    out.info("{} has no server of its own, so it is treated as {}", fact::other_form(other),
             fact::domain(name), fact::form_verdict("own"));
    break;
  case form_verdict::same:
    out.info("{} and {} have the same servers", fact::domain(name), fact::other_form(other),
             fact::form_verdict("same"));
    break;
  case form_verdict::apart:
    out.info("{} and {} are two domains: they have different servers", fact::domain(name),
             fact::other_form(other), fact::form_verdict("apart"));
    break;
  case form_verdict::unclear:
  case form_verdict::unknown:
    out.warn("it is not known whether {} and {} are one domain: DNS gave no usable answer",
             fact::domain(name), fact::other_form(other), fact::form_verdict("unclear"));
    break;
  }
}

} // namespace fedhub
