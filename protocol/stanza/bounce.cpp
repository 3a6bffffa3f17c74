#include "protocol/stanza/bounce.hpp"

#include "protocol/text/namespaces.hpp"
#include "protocol/text/xml_escape.hpp"
#include "protocol/text/xml_reference.hpp"

namespace fedhub {

namespace {

/// Copies the attribute if the stanza has it.
void copy_attribute(std::string& xml, std::string_view name, std::string_view stanza,
                    span32 value) {
  if (value)
    append_raw_attribute(xml, name, value.of(stanza));
}

} // namespace

bool may_bounce(stanza_kind kind, std::string_view type) {
  // A peer must not evade the rule by writing 'err&#111;r'.
  const std::string value = unescape(type);
  if (kind == stanza_kind::none || value == "error")
    return false;
  return kind != stanza_kind::iq || value != "result";
}

std::string make_bounce(std::string_view stanza, const start_tag& tag, stanza_error condition,
                        std::string_view text) {
  const std::string_view name = tag.name.of(stanza);
  std::string xml = "<";
  xml.append(name);
  copy_attribute(xml, "from", stanza, tag.to);
  copy_attribute(xml, "to", stanza, tag.from);
  copy_attribute(xml, "id", stanza, tag.id);
  xml.append(" type='error'><error type='").append(error_type(condition)).append("'><");
  xml.append(to_string(condition)).append(" xmlns='").append(ns::stanza_errors).append("'/>");
  if (!text.empty()) {
    xml.append("<text xmlns='").append(ns::stanza_errors).append("' xml:lang='en'>");
    xml.append(escape(text)).append("</text>");
  }
  return xml.append("</error></").append(name).append(">");
}

} // namespace fedhub
