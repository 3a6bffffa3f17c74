#include "protocol/text/jid.hpp"

#include <array>
#include <cstdint>

#include "protocol/text/char_set.hpp"
#include "protocol/text/octet_words.hpp"
#include "protocol/text/xml_reference.hpp"

namespace fedhub {

namespace {

constexpr size_t max_part = 1023; ///< octets, RFC 7622 §3.1

/// The characters that the localpart must not have (RFC 7622 §3.3.1; the space by its profile).
constexpr auto not_in_localpart = [] {
  std::array<uint8_t, 256> table{};
  for (unsigned char c : std::string_view{"\"&'/:<>@ "})
    table[c] = 1;
  return table;
}();

/// Returns whether any of the eight octets is a control character. Octets above 0x7F do not count,
/// since `~word` clears their high bit.
bool holds_control(uint64_t word) {
  const uint64_t below_space = word - each(0x20);
  const uint64_t not_delete = word ^ each(0x7F);
  return ((below_space | (not_delete - each(1))) & ~word & each(0x80)) != 0;
}

bool is_part(std::string_view part) { return !part.empty() && part.size() <= max_part; }

/// Returns the position of the first octet that a localpart must not have; `text.size()` if there
/// is none.
size_t find_localpart_end(std::string_view text) {
  size_t i = 0;
  while (i < text.size() && not_in_localpart[static_cast<unsigned char>(text[i])] == 0)
    ++i;
  return i;
}

} // namespace

std::optional<jid_parts> split_jid(std::string_view text) {
  if (text.empty() || any_word(text, ' ', [](uint64_t word) { return holds_control(word); }))
    return {};
  jid_parts parts;
  const size_t end = find_localpart_end(text);
  const size_t slash = text.find('/', end);
  parts.bare = text.substr(0, slash);
  if (slash != text.npos) {
    parts.resource = text.substr(slash + 1);
    if (!is_part(parts.resource))
      return {};
  }
  parts.domain = parts.bare;
  if (end < parts.bare.size()) {
    if (parts.bare[end] == '@') {
      parts.local = parts.bare.substr(0, end);
      parts.domain = parts.bare.substr(end + 1);
      if (!is_part(parts.local))
        return {};
    } else if (parts.bare.find('@', end) != parts.bare.npos) {
      return {};
    }
  }
  if (!is_part(parts.domain))
    return {};
  return parts;
}

std::string_view domain_part(std::string_view address) {
  address = address.substr(0, address.find('/'));
  return address.substr(address.rfind('@') + 1);
}

} // namespace fedhub
