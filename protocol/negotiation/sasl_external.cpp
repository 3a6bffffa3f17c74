#include "protocol/negotiation/sasl_external.hpp"

#include "protocol/text/base64.hpp"
#include "protocol/text/namespaces.hpp"
#include "protocol/text/xml_escape.hpp"

namespace fedhub {

namespace {

constexpr std::string_view external = "EXTERNAL";
constexpr std::string_view nothing = "="; ///< an empty response (RFC 6120 §6.4.2).

using outcome = external_decision::outcome;

external_decision fail(sasl_failure why, std::string_view detail) {
  return {outcome::failure, why, detail};
}

/// Returns `<name xmlns='urn:ietf:params:xml:ns:xmpp-sasl'` without the end of the tag.
/// Returns the text of `<auth/>` or `<response/>` for an identity.
std::string initial_response(const domain_name& authzid) {
  return authzid.empty() ? std::string{nothing} : to_base64(authzid.wire());
}

external_decision decide_on_identity(const external_context& context) {
  if (context.from.empty())
    return fail(sasl_failure::not_authorized, "the stream header names no domain to prove");
  if (!context.proof.proven)
    return fail(context.proof.why, context.proof.detail);
  return {.is = outcome::success};
}

external_decision decide_on_text(std::string_view text, const external_context& context) {
  const auto identity = text == nothing ? std::string{} : from_base64(text);
  if (!identity)
    return fail(sasl_failure::incorrect_encoding, "the response is not base64");
  if (identity->find('\0') != identity->npos)
    return fail(sasl_failure::malformed_request, "the authorization identity has a NUL");
  if (!identity->empty() && domain_name::parse(*identity) != context.from)
    return fail(sasl_failure::invalid_authzid,
                "the authorization identity is not the domain of the stream header");
  return decide_on_identity(context);
}

} // namespace

std::optional<sasl_step> sasl_step_of(const stream_element::node& element) {
  if (element.namespace_uri() != ns::sasl)
    return std::nullopt;
  using enum sasl_step;
  for (const auto step : {auth, challenge, response, abort, success, failure})
    if (element.local_name() == to_string(step))
      return step;
  return std::nullopt;
}

// ---- receiving server --------------------------------------------------------------------------

bool may_offer_external(const external_context& context) {
  return context.secured && decide_on_identity(context).is == outcome::success;
}

std::string external_offer_xml() {
  auto out = open_tag("mechanisms", ns::sasl);
  return out.append("><mechanism>").append(external).append("</mechanism></mechanisms>");
}

external_decision decide_on_auth(const stream_element::node& auth,
                                 const external_context& context) {
  if (!context.secured)
    return fail(sasl_failure::encryption_required, "EXTERNAL needs TLS");
  if (auth.attribute("mechanism") != external)
    return fail(sasl_failure::invalid_mechanism, "EXTERNAL is the only mechanism between servers");
  if (!auth.first_child() && auth.text().empty())
    return {.is = outcome::challenge};
  return decide_on_response(auth, context);
}

external_decision decide_on_response(const stream_element::node& response,
                                     const external_context& context) {
  if (response.first_child())
    return fail(sasl_failure::malformed_request, "a response with child elements");
  return decide_on_text(response.text(), context);
}

external_decision decide_on_abort() {
  return fail(sasl_failure::aborted, "aborted by the initiating server");
}

sasl_step step_of(const external_decision& decision) {
  switch (decision.is) {
  case outcome::challenge:
    return sasl_step::challenge;
  case outcome::success:
    return sasl_step::success;
  case outcome::failure:
    break;
  }
  return sasl_step::failure;
}

std::string external_decision_xml(const external_decision& decision) {
  switch (decision.is) {
  case outcome::challenge:
    return open_tag("challenge", ns::sasl) + "/>";
  case outcome::success:
    return open_tag("success", ns::sasl) + "/>";
  case outcome::failure:
    break;
  }
  return sasl_failure_xml(decision.why, decision.detail);
}

// ---- initiating server -------------------------------------------------------------------------

bool offers_external(const stream_element::node& features) {
  const auto mechanisms = features.child(ns::sasl, "mechanisms");
  if (!mechanisms)
    return false;
  for (auto mechanism = mechanisms->first_child(); mechanism; mechanism = mechanism->next_sibling())
    if (mechanism->is(ns::sasl, "mechanism") && mechanism->text() == external)
      return true;
  return false;
}

std::string external_auth_xml(const domain_name& authzid) {
  auto out = open_tag("auth", ns::sasl);
  out.append(" mechanism='").append(external).append("'>").append(initial_response(authzid));
  return out.append("</auth>");
}

std::string external_response_xml(const domain_name& authzid) {
  return open_tag("response", ns::sasl)
    .append(">")
    .append(initial_response(authzid))
    .append("</response>");
}

std::string sasl_abort_xml() { return open_tag("abort", ns::sasl) + "/>"; }

external_answer read_external_answer(const stream_element::node& element) {
  using kind = external_answer::kind;
  if (element.is(ns::sasl, "success"))
    return {.is = kind::success};
  if (element.is(ns::sasl, "challenge")) {
    const auto text = element.text();
    return {.is = text.empty() || text == nothing ? kind::challenge : kind::other};
  }
  if (!element.is(ns::sasl, "failure"))
    return {};
  auto report = read_error(element, ns::sasl);
  return {kind::failure, parse_sasl_failure(report.condition), std::move(report)};
}

} // namespace fedhub
