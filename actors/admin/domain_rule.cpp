#include "actors/admin/domain_rule.hpp"

namespace fedhub {

namespace {

/// Orders patterns that match the same domain: the exact one last, "*" first.
size_t specificity(const domain_pattern& pattern) {
  return 2 * pattern.base().str().size() + (pattern.wildcard() ? 0 : 1);
}

} // namespace

const domain_pattern* most_specific(std::span<const domain_pattern> patterns,
                                    const domain_name& domain) {
  const domain_pattern* best = nullptr;
  for (const auto& pattern : patterns)
    if (pattern.matches_either(domain)
        && (best == nullptr || specificity(pattern) > specificity(*best)))
      best = &pattern;
  return best;
}

admin::rule_row rule_of(const settings& in_force, const domain_name& domain) {
  const auto& federation = in_force.config.federation;
  const auto& rule = in_force.trust->rule(domain);
  admin::rule_row row;
  row.trust = in_force.trust->is_default(rule) ? "default" : rule.domain.str();
  for (const auto method : rule.methods)
    row.methods.push_back(to_string(method));
  row.security_mode = to_string(in_force.trust->security(domain));
  row.privacy_mode = to_string(federation.privacy_mode);
  if (federation.privacy_mode == conf::privacy_mode::off)
    return row;
  const auto& list =
    federation.privacy_mode == conf::privacy_mode::allow_list ? federation.allow : federation.deny;
  if (const auto* pattern = most_specific(list, domain); pattern != nullptr)
    row.pattern = pattern->str();
  return row;
}

} // namespace fedhub
