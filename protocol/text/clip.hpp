// Text of a peer, cut to what a log line or an error can bear.
#pragma once

#include <string_view>

namespace fedhub {

/// The first `octets` of `text` or a little less: never half a UTF-8 character.
constexpr std::string_view clip(std::string_view text, size_t octets) {
  if (text.size() <= octets)
    return text;
  while (octets > 0 && (static_cast<unsigned char>(text[octets]) & 0xC0) == 0x80)
    --octets;
  return text.substr(0, octets);
}

} // namespace fedhub
