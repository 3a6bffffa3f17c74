#include "protocol/sasl_external.hpp"

#include <algorithm>
#include <array>

#include "protocol/base64.hpp"
#include "protocol/jid.hpp"

namespace fedhub {

namespace {

constexpr std::string_view external = "EXTERNAL";
constexpr std::string_view nothing = "="; ///< a response of no octets, RFC 6120 §6.4.2.

constexpr std::array<std::string_view, sasl_failure_count> conditions{
  "aborted",
  "account-disabled",
  "credentials-expired",
  "encryption-required",
  "incorrect-encoding",
  "invalid-authzid",
  "invalid-mechanism",
  "malformed-request",
  "mechanism-too-weak",
  "not-authorized",
  "temporary-auth-failure",
};

using outcome = external_decision::outcome;

external_decision fail(sasl_failure why, std::string_view detail) {
  return {outcome::failure, why, detail};
}

/// `<name xmlns='urn:ietf:params:xml:ns:xmpp-sasl'` without its end.
std::string open_tag(std::string_view name) {
  std::string out = "<";
  return out.append(name).append(" xmlns='").append(ns::sasl).append("'");
}

/// The text content of `<auth/>` or `<response/>` for an identity.
std::string initial_response(const domain_name& authzid) {
  return authzid.empty() ? std::string{nothing} : to_base64(authzid.str());
}

external_decision decide_on_certificate(const external_context& x) {
  if (x.from.empty())
    return fail(sasl_failure::not_authorized, "the stream header names no domain to prove");
  if (x.verdict.proves(x.from))
    return {.is = outcome::success};
  switch (x.verdict.path.status) {
  case path_status::expired:
    return fail(sasl_failure::credentials_expired, "the certificate has expired");
  case path_status::crl_missing:
  case path_status::crl_expired:
  case path_status::crl_invalid:
    return fail(sasl_failure::temporary_auth_failure,
                "no revocation list in force to check the certificate by");
  case path_status::ok:
    return fail(sasl_failure::not_authorized, "the certificate is for other domains");
  case path_status::no_certificate:
    return fail(sasl_failure::not_authorized, "no certificate was presented");
  default:
    return fail(sasl_failure::not_authorized, "the certificate is not trusted");
  }
}

external_decision decide_on_text(std::string_view text, const external_context& x) {
  const auto identity = text == nothing ? std::string{} : from_base64(text);
  if (!identity)
    return fail(sasl_failure::incorrect_encoding, "the response is not base64");
  if (identity->find('\0') != identity->npos)
    return fail(sasl_failure::malformed_request, "the authorization identity has a NUL");
  if (!identity->empty() && domain_name::parse(*identity) != x.from)
    return fail(sasl_failure::invalid_authzid,
                "the authorization identity is not the domain of the stream header");
  return decide_on_certificate(x);
}

} // namespace

// ---- failures ----------------------------------------------------------------------------------

std::string_view to_string(sasl_failure x) { return conditions[static_cast<size_t>(x)]; }

sasl_failure parse_sasl_failure(std::string_view element_name) {
  const auto found = std::ranges::find(conditions, element_name);
  return found == conditions.end() ? sasl_failure::not_authorized
                                   : static_cast<sasl_failure>(found - conditions.begin());
}

std::string sasl_failure_xml(sasl_failure x, std::string_view text) {
  auto out = open_tag("failure");
  out.append("><").append(to_string(x)).append("/>");
  if (!text.empty())
    out.append("<text xml:lang='en'>").append(escape(text)).append("</text>");
  return out.append("</failure>");
}

// ---- receiving server --------------------------------------------------------------------------

bool may_offer_external(const external_context& x) {
  return x.secured && x.accepted && decide_on_certificate(x).is == outcome::success;
}

std::string external_offer_xml() {
  auto out = open_tag("mechanisms");
  return out.append("><mechanism>").append(external).append("</mechanism></mechanisms>");
}

external_decision decide_on_auth(const stream_element::node& auth, const external_context& x) {
  if (!x.secured)
    return fail(sasl_failure::encryption_required, "EXTERNAL needs TLS");
  if (auth.attribute("mechanism") != external)
    return fail(sasl_failure::invalid_mechanism, "EXTERNAL is the only mechanism between servers");
  if (!x.accepted)
    return fail(sasl_failure::invalid_mechanism, "EXTERNAL is not accepted of this domain");
  if (!auth.first_child() && auth.text().empty())
    return {.is = outcome::challenge};
  return decide_on_response(auth, x);
}

external_decision decide_on_response(const stream_element::node& response,
                                     const external_context& x) {
  if (response.first_child())
    return fail(sasl_failure::malformed_request, "a response is text only");
  return decide_on_text(response.text(), x);
}

std::string external_decision_xml(const external_decision& x) {
  switch (x.is) {
  case outcome::challenge:
    return open_tag("challenge") + "/>";
  case outcome::success:
    return open_tag("success") + "/>";
  case outcome::failure:
    break;
  }
  return sasl_failure_xml(x.why, x.detail);
}

// ---- initiating server -------------------------------------------------------------------------

bool offers_external(const stream_element::node& features) {
  const auto mechanisms = features.child(ns::sasl, "mechanisms");
  if (!mechanisms)
    return false;
  for (auto x = mechanisms->first_child(); x; x = x->next_sibling())
    if (x->is(ns::sasl, "mechanism") && x->text() == external)
      return true;
  return false;
}

std::string external_auth_xml(const domain_name& authzid) {
  auto out = open_tag("auth");
  out.append(" mechanism='").append(external).append("'>").append(initial_response(authzid));
  return out.append("</auth>");
}

std::string external_response_xml(const domain_name& authzid) {
  return open_tag("response").append(">").append(initial_response(authzid)).append("</response>");
}

external_answer read_external_answer(const stream_element::node& x) {
  using kind = external_answer::kind;
  if (x.is(ns::sasl, "success"))
    return {.is = kind::success};
  if (x.is(ns::sasl, "challenge")) {
    const auto text = x.text();
    return {.is = text.empty() || text == nothing ? kind::challenge : kind::other};
  }
  if (!x.is(ns::sasl, "failure"))
    return {};
  auto report = read_error(x, ns::sasl);
  return {kind::failure, parse_sasl_failure(report.condition), std::move(report)};
}

} // namespace fedhub
