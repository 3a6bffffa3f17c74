#include "protocol/jid.hpp"

#include <algorithm>

#include "protocol/xml_reference.hpp"

namespace fedhub {

namespace {

constexpr size_t max_part = 1023; ///< octets, RFC 7622 §3.1

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

bool is_part(std::string_view x) {
  return !x.empty() && x.size() <= max_part && std::ranges::none_of(x, is_control);
}

/// Whether no octet is one that the localpart may not have (RFC 7622 §3.3.1; space by its profile).
bool is_localpart(std::string_view x) {
  return is_part(x) && x.find_first_of("\"&'/:<>@ ") == x.npos;
}

} // namespace

std::optional<jid_parts> split_jid(std::string_view text) {
  jid_parts x;
  const size_t slash = text.find('/');
  x.bare = text.substr(0, slash);
  if (slash != text.npos) {
    x.resource = text.substr(slash + 1);
    if (!is_part(x.resource))
      return {};
  }
  x.domain = x.bare;
  if (const size_t at = x.bare.find('@'); at != x.bare.npos) {
    x.local = x.bare.substr(0, at);
    x.domain = x.bare.substr(at + 1);
    if (!is_localpart(x.local))
      return {};
  }
  if (!is_part(x.domain))
    return {};
  return x;
}

std::string unescape(std::string_view raw) {
  std::string value;
  value.reserve(raw.size());
  xml::append_attribute_value(value, raw);
  return value;
}

std::string escape(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  for (char c : text) {
    switch (c) {
    case '&':
      escaped += "&amp;";
      break;
    case '<':
      escaped += "&lt;";
      break;
    case '>':
      escaped += "&gt;";
      break;
    case '\'':
      escaped += "&apos;";
      break;
    case '"':
      escaped += "&quot;";
      break;
    // As they stand, a parser would read these as something else (XML 1.0 §2.11, §3.3.3).
    case '\t':
      escaped += "&#9;";
      break;
    case '\n':
      escaped += "&#10;";
      break;
    case '\r':
      escaped += "&#13;";
      break;
    default:
      escaped += c;
    }
  }
  return escaped;
}

} // namespace fedhub
