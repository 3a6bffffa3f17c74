// Cuts a peer's text to the length that a log line or an error allows.
#pragma once

#include <string_view>

namespace fedhub {

/// Returns the first `octets` of `text`, or slightly fewer: no UTF-8 character is cut in half.
constexpr std::string_view clip(std::string_view text, size_t octets) {
  if (text.size() <= octets)
    return text;
  while (octets > 0 && (static_cast<unsigned char>(text[octets]) & 0xC0) == 0x80)
    --octets;
  return text.substr(0, octets);
}

} // namespace fedhub
