#include "protocol/negotiation/sasl_external.hpp"

#include "protocol/text/base64.hpp"

namespace fedhub {

namespace {

constexpr std::string_view external = "EXTERNAL";
constexpr std::string_view nothing = "="; ///< a response of no octets, RFC 6120 §6.4.2.

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
  return authzid.empty() ? std::string{nothing} : to_base64(authzid.wire());
}

external_decision decide_on_identity(const external_context& x) {
  if (x.from.empty())
    return fail(sasl_failure::not_authorized, "the stream header names no domain to prove");
  if (!x.proof.proven)
    return fail(x.proof.why, x.proof.detail);
  return {.is = outcome::success};
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
  return decide_on_identity(x);
}

} // namespace

std::optional<sasl_step> sasl_step_of(const stream_element::node& x) {
  if (x.namespace_uri() != ns::sasl)
    return std::nullopt;
  using enum sasl_step;
  for (const auto step : {auth, challenge, response, abort, success, failure})
    if (x.local_name() == to_string(step))
      return step;
  return std::nullopt;
}

// ---- receiving server --------------------------------------------------------------------------

bool may_offer_external(const external_context& x) {
  return x.secured && decide_on_identity(x).is == outcome::success;
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

external_decision decide_on_abort() {
  return fail(sasl_failure::aborted, "as the initiating server wished");
}

sasl_step step_of(const external_decision& x) {
  switch (x.is) {
  case outcome::challenge:
    return sasl_step::challenge;
  case outcome::success:
    return sasl_step::success;
  case outcome::failure:
    break;
  }
  return sasl_step::failure;
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

std::string sasl_abort_xml() { return open_tag("abort") + "/>"; }

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
