#include "protocol/stanza_error.hpp"

#include <array>

#include "protocol/jid.hpp"

namespace fedhub {

namespace {

struct condition {
  std::string_view name;
  std::string_view type;
};

// In the order of the enum; the types are those of RFC 6120 §8.3.3. Where the RFC leaves a choice
// (policy-violation: modify or wait; undefined-condition: any) it is the one that fits a hub.
constexpr std::array<condition, 16> conditions = {{
  {"bad-request", "modify"},
  {"forbidden", "auth"},
  {"gone", "cancel"},
  {"internal-server-error", "cancel"},
  {"item-not-found", "cancel"},
  {"jid-malformed", "modify"},
  {"not-acceptable", "modify"},
  {"not-allowed", "cancel"},
  {"not-authorized", "auth"},
  {"policy-violation", "modify"},
  {"recipient-unavailable", "wait"},
  {"remote-server-not-found", "cancel"},
  {"remote-server-timeout", "wait"},
  {"resource-constraint", "wait"},
  {"service-unavailable", "cancel"},
  {"undefined-condition", "cancel"},
}};
static_assert(conditions.size() == static_cast<size_t>(stanza_error::undefined_condition) + 1);

constexpr std::string_view conditions_uri = "urn:ietf:params:xml:ns:xmpp-stanzas";

/// Appends the attribute if the stanza has it.
void copy_attribute(std::string& xml, std::string_view name, std::string_view stanza,
                    span32 value) {
  if (value)
    append_raw_attribute(xml, name, value.of(stanza));
}

} // namespace

std::string_view to_string(stanza_error x) { return conditions[static_cast<size_t>(x)].name; }
std::string_view error_type(stanza_error x) { return conditions[static_cast<size_t>(x)].type; }

stanza_kind parse_stanza_kind(std::string_view local_name) {
  if (local_name == "message")
    return stanza_kind::message;
  if (local_name == "presence")
    return stanza_kind::presence;
  return local_name == "iq" ? stanza_kind::iq : stanza_kind::none;
}

std::string_view to_string(stanza_kind x) {
  constexpr std::array<std::string_view, 4> names = {"none", "message", "presence", "iq"};
  return names[static_cast<size_t>(x)];
}

bool may_bounce(stanza_kind kind, std::string_view type) {
  // Nobody may slip past by writing 'err&#111;r'.
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
  xml.append(to_string(condition)).append(" xmlns='").append(conditions_uri).append("'/>");
  if (!text.empty()) {
    xml.append("<text xmlns='").append(conditions_uri).append("' xml:lang='en'>");
    xml.append(escape(text)).append("</text>");
  }
  return xml.append("</error></").append(name).append(">");
}

} // namespace fedhub
