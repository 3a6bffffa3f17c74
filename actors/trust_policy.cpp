#include "actors/trust_policy.hpp"

#include <algorithm>

namespace fedhub {

namespace {

/// What a peer is told whose certificate has no path, or whose path does not count.
certificate_proof no_path(const path_result& x) {
  switch (x.status) {
  case path_status::expired:
    return {identity_method::none, sasl_failure::credentials_expired,
            "the certificate has expired"};
  case path_status::crl_missing:
  case path_status::crl_expired:
    return {identity_method::none, sasl_failure::temporary_auth_failure,
            "whether the certificate was revoked can't be told"};
  case path_status::no_certificate:
    return {identity_method::none, sasl_failure::not_authorized, "no certificate was presented"};
  default:
    return {identity_method::none, sasl_failure::not_authorized, "the certificate is not trusted"};
  }
}

} // namespace

trust_policy::trust_policy(const conf::config& x) : security_(x.federation.security_mode) {
  default_.methods = conf::default_methods(x.federation);
  for (auto& row : x.trust) {
    if (!row.domain.wildcard())
      exact_[row.domain.base()] = row;
    else if (row.domain.base().empty())
      default_ = row;
    else
      wildcard_[row.domain.base()] = row;
  }
}

const conf::trust_rule& trust_policy::rule(const domain_name& remote) const {
  if (auto* row = exact_.find(remote.str()))
    return *row;
  auto* row = wildcard_.find_above(remote);
  return row != nullptr ? *row : default_;
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

certificate_proof prove(const conf::trust_rule& rule, const certificate_verdict& certificate,
                        const name_match& match, dane_answer dane) {
  auto result = no_path(certificate.path);
  if (certificate.path.status == path_status::no_certificate)
    return result;
  if (certificate.path.status == path_status::ok)
    result.detail = match ? "the trust rules do not take a certificate of a CA for this domain"
                          : "the certificate is for another domain";
  for (auto method : rule.methods) {
    switch (method) {
    case conf::trust_method::pkix:
      if (certificate.path.status == path_status::ok && match)
        return {identity_method::pkix};
      break;
    case conf::trust_method::dane:
      if (dane == dane_answer::matched)
        return {identity_method::dane};
      break;
    case conf::trust_method::pin:
      if (std::ranges::find(rule.pins, certificate.spki_sha256) != rule.pins.end())
        return {identity_method::pin};
      break;
    case conf::trust_method::dialback:
      break;
    }
  }
  return result;
}

} // namespace fedhub
