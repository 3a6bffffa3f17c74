// Character classes of XML 1.0 (fifth edition), and UTF-8 decoding for the scanner.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace fedhub::xml {

/// The characters of S in XML 1.0 §2.3.
inline constexpr std::string_view white_space = " \t\r\n";

/// Returns whether `c` is white space: S of XML 1.0 §2.3.
constexpr bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// Returns the text without the white space at its two ends.
constexpr std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(white_space);
  return first == text.npos ? std::string_view{}
                            : text.substr(first, text.find_last_not_of(white_space) - first + 1);
}

/// Returns whether `c` is a control that XML 1.0 §2.2 forbids everywhere. §2.2 allows DEL and the
/// C1 controls.
constexpr bool is_forbidden_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 && !is_space(c);
}

constexpr bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

/// Returns whether `c` is a Char of XML 1.0 §2.2, which a character reference may name.
constexpr bool is_char(char32_t c) {
  if (c < 0x20)
    return c == '\t' || c == '\n' || c == '\r';
  return c <= 0xD7FF || (c >= 0xE000 && c <= 0xFFFD) || (c >= 0x10000 && c <= 0x10FFFF);
}

/// Lists which ASCII octets may start a name or stand in one. The colon is in neither class: it
/// separates a prefix from a local part, and both are NCNames (Namespaces in XML §4).
struct name_classes {
  static constexpr uint8_t start = 1;
  static constexpr uint8_t inside = 2;
  static constexpr uint8_t after = 4; ///< may follow a name in a well-formed tag.

  std::array<uint8_t, 256> of{};

  constexpr name_classes() {
    for (int c = 'a'; c <= 'z'; ++c)
      of[c] = of[c - 'a' + 'A'] = start | inside;
    for (int c = '0'; c <= '9'; ++c)
      of[c] = inside;
    of['_'] = start | inside;
    of['-'] = of['.'] = inside;
    for (const char c : {'=', '>', '/', ' ', '\t', '\n', '\r'})
      of[static_cast<unsigned char>(c)] = after;
  }
};
inline constexpr name_classes ascii_names;

constexpr bool is_ascii_name_start(char c) {
  return ascii_names.of[static_cast<unsigned char>(c)] & name_classes::start;
}
constexpr bool is_ascii_name_char(char c) {
  return ascii_names.of[static_cast<unsigned char>(c)] & name_classes::inside;
}
constexpr bool may_follow_name(char c) {
  return ascii_names.of[static_cast<unsigned char>(c)] & name_classes::after;
}

/// Return whether `c` is a NameStartChar or a NameChar of XML 1.0 §2.3. The colon is neither.
bool is_name_start(char32_t c);
bool is_name_char(char32_t c);

/// One code point of UTF-8; its `length` is 0 if the octets are not valid (RFC 3629 §4).
struct code_point {
  char32_t value = 0;
  unsigned length = 0;
  bool truncated = false; ///< the octets up to the end are valid, but the code point is cut off.
};

/// Decodes the code point at `p`. @pre `p < end`
code_point decode_utf8(const char* p, const char* end);

/// Appends `c` in UTF-8. @pre `is_char(c)`
void append_utf8(std::string& out, char32_t c);

} // namespace fedhub::xml
