#include "actors/rules/trust_policy.hpp"

#include <algorithm>
#include <string>
#include <tuple>
#include <unordered_set>

namespace fedhub {

namespace {

/// Returns the rule that accepts less. Compared in this order: no `report_only`, no dialback, TLS
/// required, fewer methods.
const conf::trust_rule& stricter(const conf::trust_rule& a, const conf::trust_rule& b) {
  const auto laxity = [](const conf::trust_rule& rule) {
    return std::tuple{rule.report_only, accepts(rule, conf::trust_method::dialback),
                      rule.security_mode != stream_security::tls_required, rule.methods.size()};
  };
  return laxity(b) < laxity(a) ? b : a;
}

} // namespace

trust_policy::trust_policy(const conf::config& config)
  : security_(config.federation.security_mode) {
  default_.methods = conf::default_methods(config.federation);
  std::unordered_set<std::string> named;
  for (const auto& row : config.trust)
    named.insert(row.domain.str());
  for (auto& row : config.trust) {
    const auto form = row.domain.transitional();
    auto& rows = row.domain.wildcard() ? wildcard_ : exact_;
    if (row.domain.wildcard() && row.domain.base().empty())
      default_ = row;
    else
      rows[row.domain.base()] = row;
    // A row for that form itself has precedence.
    if (form != row.domain && !named.contains(form.str()))
      rows[form.base()] = row;
  }
}

const conf::trust_rule& trust_policy::rule(const domain_name& remote) const {
  const auto& row = rule_of_form(remote);
  return remote.deviates() ? stricter(row, rule_of_form(remote.transitional())) : row;
}

const conf::trust_rule& trust_policy::rule_of_form(const domain_name& remote) const {
  if (auto* row = exact_.find(remote.str()))
    return *row;
  auto* row = wildcard_.find_above(remote);
  return row != nullptr ? *row : default_; // cppcheck-suppress returnTempReference // a member
}

stream_security trust_policy::security(const domain_name& remote) const {
  auto& row = rule(remote);
  auto wanted = row.security_mode.value_or(security_);
  return accepts(row, conf::trust_method::dialback) || row.report_only
           ? wanted
           : stream_security::tls_required;
}

bool accepts(const conf::trust_rule& rule, conf::trust_method method) {
  return std::ranges::find(rule.methods, method) != rule.methods.end();
}

certificate_proof prove(const conf::trust_rule& rule, const path_result& path,
                        const sha256_digest& spki, const name_match& match, dane_answer dane) {
  auto by_path = prove_by_path(path, match);
  certificate_proof result{identity_method::none, by_path.why, by_path.detail};
  if (path.status == path_status::no_certificate)
    return result;
  if (by_path.proven)
    result.detail = "the trust rules do not accept a CA's certificate for this domain";
  for (auto method : rule.methods) {
    switch (method) {
    case conf::trust_method::pkix:
      if (by_path.proven)
        return {identity_method::pkix};
      break;
    case conf::trust_method::dane:
      if (dane == dane_answer::matched)
        return {identity_method::dane};
      break;
    case conf::trust_method::pin:
      if (std::ranges::find(rule.pins, spki) != rule.pins.end())
        return {identity_method::pin};
      break;
    case conf::trust_method::dialback:
      break;
    }
  }
  return result;
}

} // namespace fedhub
