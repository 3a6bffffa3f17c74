#include "protocol/text/xml_chars.hpp"

#include <algorithm>

namespace fedhub::xml {

namespace {

struct range {
  char32_t first;
  char32_t last;
};

// NameStartChar: XML 1.0 §2.3, production [4], beyond ASCII.
constexpr range name_start_ranges[] = {
  {0xC0, 0xD6},     {0xD8, 0xF6},     {0xF8, 0x2FF},    {0x370, 0x37D},
  {0x37F, 0x1FFF},  {0x200C, 0x200D}, {0x2070, 0x218F}, {0x2C00, 0x2FEF},
  {0x3001, 0xD7FF}, {0xF900, 0xFDCF}, {0xFDF0, 0xFFFD}, {0x10000, 0xEFFFF},
};

// The further characters of NameChar: production [4a], beyond ASCII.
constexpr range name_extra_ranges[] = {{0xB7, 0xB7}, {0x300, 0x36F}, {0x203F, 0x2040}};

template <size_t N>
bool contains(const range (&ranges)[N], char32_t c) {
  return std::ranges::any_of(ranges,
                             [c](const range& one) { return c >= one.first && c <= one.last; });
}

} // namespace

bool is_name_start(char32_t c) {
  return c < 0x80 ? is_ascii_name_start(static_cast<char>(c)) : contains(name_start_ranges, c);
}

bool is_name_char(char32_t c) {
  if (c < 0x80)
    return is_ascii_name_char(static_cast<char>(c));
  return contains(name_start_ranges, c) || contains(name_extra_ranges, c);
}

code_point decode_utf8(const char* p, const char* end) {
  const auto octet = [p](unsigned i) { return static_cast<unsigned char>(p[i]); };
  const unsigned lead = octet(0);
  if (lead < 0x80)
    return {lead, 1};
  if (lead < 0xC2 || lead > 0xF4)
    return {};
  const unsigned length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  // The second octet's range excludes overlong forms, surrogates and code points past U+10FFFF.
  const unsigned second_first = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned second_last = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  char32_t value = lead & (0xFFu >> (length + 1));
  for (unsigned i = 1; i < length; ++i) {
    if (p + i == end)
      return {0, 0, true};
    const unsigned next = octet(i);
    if (next < (i == 1 ? second_first : 0x80) || next > (i == 1 ? second_last : 0xBF))
      return {};
    value = value << 6 | (next & 0x3F);
  }
  return {value, length};
}

void append_utf8(std::string& out, char32_t c) {
  const auto put = [&out](char32_t octet) { out.push_back(static_cast<char>(octet)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | c >> 6);
    put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | c >> 12);
    put(0x80 | (c >> 6 & 0x3F));
    put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | c >> 18);
    put(0x80 | (c >> 12 & 0x3F));
    put(0x80 | (c >> 6 & 0x3F));
    put(0x80 | (c & 0x3F));
  }
}

} // namespace fedhub::xml
