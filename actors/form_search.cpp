#include "actors/form_search.hpp"

#include "actors/resolver_log.hpp"

namespace fedhub {

void note_forms(hub& x, const domain_name& name, const resolution& own,
                const resolution& transitional, time_point now, const log_origin& origin) {
  log_resolution(own, origin);
  log_resolution(transitional, origin);
  const auto other = name.transitional();
  const peer_log out{log_module::resolver, "forms of names", origin};
  switch (compare_forms(own, transitional)) {
  case form_verdict::transitional:
    x.forms.note(name, form_verdict::transitional, now + name_forms::verdict_time);
    out.info("{} is taken for {}: {}", name.str(), other.str(),
             own.why == failure::none ? "both have the same servers"
                                      : "it has no server of its own");
    break;
  case form_verdict::own:
    x.forms.note(name, form_verdict::own, now + name_forms::verdict_time);
    out.info("{} is taken for {}: that has no server of its own", other.str(), name.str());
    break;
  case form_verdict::apart:
    x.forms.note(name, form_verdict::apart, now + name_forms::verdict_time);
    out.info("{} and {} are two domains: they have different servers", name.str(), other.str());
    break;
  case form_verdict::unknown:
    x.forms.note(name, form_verdict::apart, now + name_forms::guess_time);
    out.warn("{} and {} are taken for two domains: DNS does not tell", name.str(), other.str());
    break;
  }
}

} // namespace fedhub
