#include "protocol/negotiation/management_element.hpp"

#include <array>

#include "protocol/errors/stanza_error.hpp"
#include "protocol/text/decimal.hpp"
#include "protocol/text/namespaces.hpp"
#include "protocol/text/xml_escape.hpp"
#include "protocol/xml/error_report.hpp"

namespace fedhub {

namespace {

using kind = management_element::kind;

constexpr std::array<std::string_view, 8> kind_names{"none", "enable", "enabled", "failed",
                                                     "r",    "a",      "resume",  "resumed"};

kind parse_kind(std::string_view local_name) {
  for (size_t i = 1; i < kind_names.size(); ++i)
    if (kind_names[i] == local_name)
      return static_cast<kind>(i);
  return kind::none;
}

/// Parses xs:unsignedInt, but without the sign and the white space that its lexical form permits.
std::optional<uint32_t> parse_number(std::string_view text) {
  return parse_decimal<uint32_t>(text);
}

bool parse_boolean(std::string_view text) { return text == "true" || text == "1"; }

std::string take_text(std::string_view text, size_t longest) {
  return text.size() > longest ? std::string{} : std::string{text};
}

void attribute(std::string& out, std::string_view name, std::string_view value) {
  if (!value.empty())
    append_attribute(out, name, value);
}

} // namespace

std::string_view to_string(management_element::kind x) {
  return kind_names[static_cast<size_t>(x)];
}

management_element read_management(const stream_element::node& element) {
  management_element out;
  if (element.namespace_uri() != ns::stream_management)
    return out;
  out.is = parse_kind(element.local_name());
  switch (out.is) {
  case kind::none:
  case kind::request:
    break;
  case kind::enable:
  case kind::enabled:
    out.id = take_text(element.attribute("id"), management_element::max_id);
    out.location = take_text(element.attribute("location"), management_element::max_location);
    out.resume = parse_boolean(element.attribute("resume"));
    if (const auto max = parse_number(element.attribute("max")))
      out.max = std::chrono::seconds{*max};
    break;
  case kind::failed:
    out.condition = read_error(element, ns::stanza_errors).condition;
    out.h = parse_number(element.attribute("h"));
    break;
  case kind::resume:
  case kind::resumed:
    out.id = take_text(element.attribute("previd"), management_element::max_id);
    out.h = parse_number(element.attribute("h"));
    break;
  case kind::answer:
    out.h = parse_number(element.attribute("h"));
    break;
  }
  return out;
}

std::string management_xml(const management_element& element) {
  auto out = open_tag(to_string(element.is), ns::stream_management);
  attribute(out, element.is == kind::enabled ? "id" : "previd", element.id);
  if (element.resume)
    attribute(out, "resume", "true");
  if (element.max)
    attribute(out, "max", std::to_string(element.max->count()));
  attribute(out, "location", element.location);
  if (element.h)
    attribute(out, "h", std::to_string(*element.h));
  if (element.condition.empty())
    return out.append("/>");
  out.append("><")
    .append(element.condition)
    .append(" xmlns='")
    .append(ns::stanza_errors)
    .append("'/>");
  return out.append("</").append(to_string(element.is)).append(">");
}

std::string management_offer_xml() { return open_tag("sm", ns::stream_management) + "/>"; }

bool offers_management(const stream_element::node& features) {
  return features.child(ns::stream_management, "sm").has_value();
}

std::string handled_count_too_high_xml(uint32_t h, uint32_t sent) {
  auto out = open_tag("handled-count-too-high", ns::stream_management);
  attribute(out, "h", std::to_string(h));
  attribute(out, "send-count", std::to_string(sent));
  return out.append("/>");
}

} // namespace fedhub
