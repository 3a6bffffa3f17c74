// Octets as hexadecimal text.
#pragma once

#include <span>
#include <string>

namespace fedhub {

/// Returns two lower-case hexadecimal digits per octet.
inline std::string to_hex(std::span<const unsigned char> octets) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(octets.size() * 2);
  for (auto octet : octets) {
    text += digits[octet >> 4];
    text += digits[octet & 15];
  }
  return text;
}

} // namespace fedhub
