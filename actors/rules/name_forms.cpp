#include "actors/rules/name_forms.hpp"

#include <set>
#include <tuple>

namespace fedhub {

namespace {

/// Returns whether the name has neither SRV nor address records. An SRV record that leads nowhere
/// still has an owner.
bool has_no_service(const resolution& x) {
  return x.why == failure::dns_not_found && x.method == resolve_method::address;
}

bool is_known(const resolution& resolution) {
  return resolution.why == failure::none || resolution.why == failure::dns_not_found
         || resolution.why == failure::dns_no_service;
}

/// Returns the places where streams may lead, without the order of DNS's answer.
auto places(const resolution& resolution) {
  std::set<std::tuple<std::string, uint16_t, bool>> all;
  for (const auto& target : resolution.targets)
    for (const auto& address : target.addresses)
      all.emplace(address.str(), target.port, target.direct_tls);
  return all;
}

} // namespace

form_verdict compare_forms(const resolution& own, const resolution& transitional) {
  if (!is_known(own) || !is_known(transitional))
    return form_verdict::unclear;
  if (has_no_service(own) != has_no_service(transitional))
    return has_no_service(own) ? form_verdict::transitional : form_verdict::own;
  return places(own) == places(transitional) ? form_verdict::same : form_verdict::apart;
}

template <class T>
T name_forms::find(const memory<T>& in, const domain_name& domain, time_point now) const {
  const std::lock_guard lock{mutex_};
  const auto* found = in.find(domain);
  return found != nullptr && now < found->until ? found->what : T{};
}

template <class T>
void name_forms::put(memory<T>& to, const domain_name& domain, T what, time_point until) {
  const std::lock_guard lock{mutex_};
  to.put(domain, {what, until});
}

form_verdict name_forms::verdict(const domain_name& x, time_point now) const {
  return find(verdicts_, x, now);
}

void name_forms::note(const domain_name& x, form_verdict what, time_point until) {
  put(verdicts_, x, what, until);
}

name_forms::server_form name_forms::server_form_of(const domain_name& x, time_point now) const {
  return find(server_forms_, x, now);
}

void name_forms::note_server_form(const domain_name& x, server_form form, time_point until) {
  put(server_forms_, x, form, until);
}

} // namespace fedhub
