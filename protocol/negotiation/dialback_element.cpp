#include "protocol/negotiation/dialback_element.hpp"

#include "protocol/text/namespaces.hpp"
#include "protocol/text/xml_escape.hpp"

namespace fedhub {

namespace {

dialback_reading fault(stream_error error, std::string_view reason) { return {{}, error, reason}; }

/// Returns the error type of a condition (RFC 6120 §8.3.3). XEP-0220 defines
/// `remote-connection-failed`.
std::string_view error_type_of(std::string_view condition) {
  if (condition == "remote-server-timeout" || condition == "resource-constraint")
    return "wait";
  if (condition == "not-authorized" || condition == "forbidden")
    return "auth";
  return condition == "not-acceptable" ? "modify" : "cancel";
}

bool is_question(dialback_step step) {
  return step == dialback_step::key || step == dialback_step::verify_request;
}

} // namespace

dialback_element dialback_element::answer(dialback_outcome outcome, error_report why) const {
  dialback_element result;
  result.step = step == dialback_step::key ? dialback_step::result : dialback_step::verify_response;
  result.outcome = outcome;
  result.from = to;
  result.to = from;
  result.id = id;
  result.error = std::move(why);
  return result;
}

dialback_seen dialback_element::seen(bool sent) const {
  return {sent, step, outcome, pair(), id, key};
}

dialback_reading read_dialback(const stream_element::node& element) {
  const bool verify = element.local_name() == "verify";
  if (!verify && element.local_name() != "result")
    return fault(stream_error::unsupported_stanza_type, "unknown dialback element");

  dialback_element out;
  auto from = domain_name::parse_as_written(element.attribute("from"));
  auto to = domain_name::parse_as_written(element.attribute("to"));
  if (!from || !to)
    return fault(stream_error::improper_addressing, "dialback without a domain in 'from' or 'to'");
  out.from = std::move(*from);
  out.to = std::move(*to);

  if (verify) {
    out.id = element.attribute("id");
    if (out.id.empty())
      return fault(stream_error::bad_format, "db:verify without 'id'");
  }

  if (!element.has_attribute("type")) {
    out.step = verify ? dialback_step::verify_request : dialback_step::key;
    out.key = element.text();
    if (out.key.empty() && !verify) // a question about an empty key is answered: the key is invalid
      return fault(stream_error::bad_format, "dialback without a key");
    return {std::move(out)};
  }

  out.step = verify ? dialback_step::verify_response : dialback_step::result;
  const auto type = element.attribute("type");
  if (type == "valid")
    out.outcome = dialback_outcome::valid;
  else if (type == "invalid")
    out.outcome = dialback_outcome::invalid;
  else if (type == "error")
    out.outcome = dialback_outcome::error;
  else
    return fault(stream_error::bad_format, "dialback with an unknown 'type'");
  // XEP-0220 §2.5 implies the namespace of the error element, and servers use different ones.
  for (auto child = element.first_child(); child; child = child->next_sibling())
    if (child->local_name() == "error")
      out.error = read_error(*child, ns::stanza_errors);
  return {std::move(out)};
}

std::string dialback_xml(const dialback_element& element) {
  const bool verify =
    element.step == dialback_step::verify_request || element.step == dialback_step::verify_response;
  const std::string_view name = verify ? "db:verify" : "db:result";
  std::string out;
  out.reserve(64 + element.from.wire().size() + element.to.wire().size() + element.id.size()
              + element.key.size());
  out.append("<").append(name);
  append_attribute(out, "from", element.from.wire());
  append_attribute(out, "to", element.to.wire());
  if (verify)
    append_attribute(out, "id", element.id);
  if (is_question(element.step)) {
    out.append(">");
    append_escaped(out, element.key);
    return out.append("</").append(name).append(">");
  }
  append_attribute(out, "type", to_string(element.outcome));
  if (element.outcome != dialback_outcome::error)
    return out.append("/>");
  out.append("><error type='").append(error_type_of(element.error.condition)).append("'><");
  out.append(element.error.condition).append(" xmlns='").append(ns::stanza_errors).append("'/>");
  if (!element.error.text.empty()) {
    out.append("<text xmlns='").append(ns::stanza_errors).append("' xml:lang='en'>");
    append_escaped(out, element.error.text);
    out.append("</text>");
  }
  return out.append("</error></").append(name).append(">");
}

void answer(const dialback_element& question, dialback_outcome outcome, error_report why,
            stream_actions& out) {
  const auto result = question.answer(outcome, std::move(why));
  out.emplace_back(send_xml{dialback_xml(result)});
  out.emplace_back(result.seen(true));
}

error_report verification_error(failure why) {
  auto condition = [why]() -> std::string_view {
    switch (why) {
    case failure::federation_disabled:
    case failure::domain_denied:
    case failure::tls_not_offered:
    case failure::tls_refused:
      return "policy-violation";
    case failure::certificate_refused:
    case failure::external_refused:
      return "not-acceptable";
    case failure::dns_not_found:
    case failure::dns_no_service:
    case failure::dialback_error:
      return "remote-server-not-found";
    case failure::dialback_timeout:
    case failure::stream_timeout:
    case failure::stream_closed:
    case failure::stream_refused:
    case failure::stream_invalid:
    case failure::acknowledge_timeout:
      return "remote-server-timeout";
    case failure::dialback_refused:
      return "forbidden";
    case failure::queue_full:
    case failure::memory_full:
      return "resource-constraint";
    default:
      return "remote-connection-failed";
    }
  };
  return {std::string{condition()}, std::string{describe(why)}};
}

} // namespace fedhub
