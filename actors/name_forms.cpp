#include "actors/name_forms.hpp"

#include <algorithm>
#include <set>
#include <tuple>

namespace fedhub {

namespace {

bool has_no_service(const resolution& x) {
  return x.why == failure::dns_not_found || x.why == failure::dns_no_service;
}

/// Where streams may lead, without the order in which DNS happened to give it.
auto places(const resolution& x) {
  std::set<std::tuple<std::string, uint16_t, bool>> all;
  for (const auto& target : x.targets)
    for (const auto& address : target.addresses)
      all.emplace(address.str(), target.port, target.direct_tls);
  return all;
}

} // namespace

form_verdict compare_forms(const resolution& own, const resolution& transitional) {
  const auto known = [](const resolution& x) {
    return x.why == failure::none || has_no_service(x);
  };
  if (!known(own) || !known(transitional))
    return form_verdict::unknown;
  if (has_no_service(own))
    return form_verdict::transitional;
  if (has_no_service(transitional))
    return form_verdict::own;
  return places(own) == places(transitional) ? form_verdict::transitional : form_verdict::apart;
}

form_verdict name_forms::find(const memory& in, const domain_name& x, time_point now) const {
  const std::lock_guard lock{mutex_};
  const auto found = in.find(x);
  return found != in.end() && now < found->second.until ? found->second.what
                                                        : form_verdict::unknown;
}

form_verdict name_forms::verdict(const domain_name& x, time_point now) const {
  return find(verdicts_, x, now);
}

void name_forms::note(const domain_name& x, form_verdict what, time_point until) {
  const std::lock_guard lock{mutex_};
  put(verdicts_, x, {what, until});
}

bool name_forms::in_ascii(const domain_name& x, time_point now) const {
  return find(ascii_, x, now) != form_verdict::unknown;
}

void name_forms::note_in_ascii(const domain_name& x, time_point until) {
  const std::lock_guard lock{mutex_};
  put(ascii_, x, {form_verdict::own, until});
}

void name_forms::forget_in_ascii(const domain_name& x) {
  const std::lock_guard lock{mutex_};
  ascii_.erase(x);
}

bool name_forms::refused(const domain_name& x, time_point now) const {
  return find(refused_, x, now) != form_verdict::unknown;
}

void name_forms::note_refused(const domain_name& x, time_point until) {
  const std::lock_guard lock{mutex_};
  put(refused_, x, {form_verdict::own, until});
}

void name_forms::put(memory& to, const domain_name& x, remembered what) {
  if (to.size() >= most && !to.contains(x))
    to.erase(std::ranges::min_element(to, {}, [](auto& y) { return y.second.until; }));
  to.insert_or_assign(x, what);
}

} // namespace fedhub
