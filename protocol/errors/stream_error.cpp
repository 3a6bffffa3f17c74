#include "protocol/errors/stream_error.hpp"

#include <algorithm>
#include <array>

#include "protocol/text/xml_escape.hpp"

namespace fedhub {

namespace {

// In the order of the enum.
constexpr std::array<std::string_view, 26> names = {
  "none",
  "bad-format",
  "bad-namespace-prefix",
  "conflict",
  "connection-timeout",
  "host-gone",
  "host-unknown",
  "improper-addressing",
  "internal-server-error",
  "invalid-from",
  "invalid-namespace",
  "invalid-xml",
  "not-authorized",
  "not-well-formed",
  "policy-violation",
  "remote-connection-failed",
  "reset",
  "resource-constraint",
  "restricted-xml",
  "see-other-host",
  "system-shutdown",
  "undefined-condition",
  "unsupported-encoding",
  "unsupported-feature",
  "unsupported-stanza-type",
  "unsupported-version",
};
static_assert(names.size() == static_cast<size_t>(stream_error::unsupported_version) + 1);

constexpr std::string_view conditions_uri = "urn:ietf:params:xml:ns:xmpp-streams";

} // namespace

std::string_view to_string(stream_error x) { return names[static_cast<size_t>(x)]; }

stream_error parse_stream_error(std::string_view element_name) {
  // Skips "none": it is no condition, so a peer that sends it has sent an unknown one.
  const auto* found = std::find(names.begin() + 1, names.end(), element_name);
  return found == names.end() ? stream_error::undefined_condition
                              : static_cast<stream_error>(found - names.begin());
}

std::string stream_error_xml(stream_error error, std::string_view text,
                             std::string_view application) {
  std::string xml = "<stream:error><";
  xml.append(to_string(error)).append(" xmlns='").append(conditions_uri).append("'/>");
  if (!text.empty()) {
    xml.append("<text xmlns='").append(conditions_uri).append("' xml:lang='en'>");
    xml.append(escape(text)).append("</text>");
  }
  return xml.append(application).append("</stream:error>");
}

} // namespace fedhub
