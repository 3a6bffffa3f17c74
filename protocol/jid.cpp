#include "protocol/jid.hpp"

#include <array>
#include <cstdint>

#include "protocol/xml_reference.hpp"

namespace fedhub {

namespace {

constexpr size_t max_part = 1023; ///< octets, RFC 7622 §3.1

/// Where an octet must not be; bits.
enum : uint8_t { nowhere = 1, not_in_localpart = 2 };

/// Control characters have no place; of the rest, RFC 7622 §3.3.1 (and for the space its profile)
/// keeps some out of the localpart.
constexpr auto forbidden = [] {
  std::array<uint8_t, 256> table{};
  for (size_t c = 0; c < 0x20; ++c)
    table[c] = nowhere;
  table[0x7F] = nowhere;
  for (unsigned char c : std::string_view{"\"&'/:<>@ "})
    table[c] |= not_in_localpart;
  return table;
}();

/// No branch per octet: two addresses a stanza are looked at.
bool is_part(std::string_view x, uint8_t unwanted = nowhere) {
  uint8_t found = 0;
  for (unsigned char c : x)
    found |= forbidden[c];
  return !x.empty() && x.size() <= max_part && (found & unwanted) == 0;
}

bool is_localpart(std::string_view x) { return is_part(x, nowhere | not_in_localpart); }

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
