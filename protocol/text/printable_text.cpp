#include "protocol/text/printable_text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "protocol/text/xml_chars.hpp"

namespace fedhub {

namespace {

struct code_point_range {
  char32_t first;
  char32_t last;
};

/// Controls, separators and format characters (Unicode 15: Cc, Zl, Zp, Cf), and the blocks that are
/// reserved for more of them. Sorted.
constexpr std::array<code_point_range, 24> deceptive{{
  {0x00, 0x1F},       {0x7F, 0x9F},       {0xAD, 0xAD},       {0x600, 0x605},
  {0x61C, 0x61C},     {0x6DD, 0x6DD},     {0x70F, 0x70F},     {0x890, 0x891},
  {0x8E2, 0x8E2},     {0x180E, 0x180E},   {0x200B, 0x200F},   {0x2028, 0x202E},
  {0x2060, 0x206F},   {0x3164, 0x3164},   {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},
  {0xFFF0, 0xFFFB},   {0xFFFE, 0xFFFF},   {0x110BD, 0x110BD}, {0x110CD, 0x110CD},
  {0x13430, 0x1343F}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF},
}};

constexpr std::string_view digits = "0123456789ABCDEF";

/// Returns whether `c` is visible ASCII or a space.
bool is_plain(char c) { return static_cast<uint8_t>(c) - 0x20u < 0x5Fu; }

void append_octet(std::string& out, char c) {
  const auto octet = static_cast<uint8_t>(c);
  ((out += "\\x") += digits[octet >> 4]) += digits[octet & 15];
}

void append_code_point(std::string& out, char32_t c) {
  out += "\\u{";
  for (int shift = c > 0xFFFF ? 20 : 12; shift >= 0; shift -= 4)
    out += digits[(c >> shift) & 15];
  out += '}';
}

/// Appends the character or octet at `p`. @returns the number of octets read.
size_t append_next(std::string& out, const char* p, const char* end) {
  const auto next = xml::decode_utf8(p, end);
  if (next.length == 0 || next.truncated || next.value < 0x80) {
    if (is_plain(*p))
      out += *p;
    else
      append_octet(out, *p);
    return 1;
  }
  if (is_deceptive(next.value))
    append_code_point(out, next.value);
  else
    out.append(p, next.length);
  return next.length;
}

} // namespace

bool is_deceptive(char32_t c) {
  const auto range = std::ranges::lower_bound(deceptive, c, {}, &code_point_range::last);
  return range != deceptive.end() && range->first <= c;
}

std::string printable(std::string_view text, size_t max_octets) {
  if (text.size() <= max_octets && std::ranges::all_of(text, is_plain))
    return std::string{text};
  std::string result;
  const char* p = text.data();
  const char* const end = p + text.size();
  while (p != end) {
    const auto before = result.size();
    const auto used = append_next(result, p, end);
    if (result.size() > max_octets) {
      result.resize(before);
      return result + "… (" + std::to_string(end - p) + " octets more)";
    }
    p += used;
  }
  return result;
}

} // namespace fedhub
