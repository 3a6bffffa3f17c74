// Octets as hexadecimal text.
#pragma once

#include <span>
#include <string>

namespace fedhub {

/// Two lower-case digits per octet.
inline std::string to_hex(std::span<const unsigned char> octets) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(octets.size() * 2);
  for (auto x : octets) {
    text += digits[x >> 4];
    text += digits[x & 15];
  }
  return text;
}

} // namespace fedhub
