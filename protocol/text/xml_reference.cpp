#include "protocol/text/xml_reference.hpp"

#include <algorithm>

#include "protocol/text/char_set.hpp"
#include "protocol/text/xml_chars.hpp"

namespace fedhub::xml {

namespace {

struct entity {
  std::string_view name;
  char value;
};
constexpr entity entities[] = {
  {"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}};

const entity* find_entity(std::string_view name) {
  const auto* found = std::ranges::find(entities, name, &entity::name);
  return found == std::end(entities) ? nullptr : found;
}

int digit(char c, int base) {
  if (c >= '0' && c <= '9')
    return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return base == 16 && lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// Returns the number in "#38" or "#x26"; 0, which is no character, if it is missing or too large.
char32_t char_number(std::string_view inside) {
  const int base = inside.starts_with("#x") ? 16 : 10;
  char32_t value = 0;
  for (char c : inside.substr(base == 16 ? 2 : 1)) {
    const int number = digit(c, base);
    if (number < 0)
      return 0;
    value = value * base + number;
    if (value > 0x10FFFF)
      return 0;
  }
  return value;
}

} // namespace

const char* find_reference_end(const char* p, const char* end) {
  while (p != end && (is_ascii_name_char(*p) || *p == '#' || *p == ':'))
    ++p;
  return p;
}

char32_t referenced_char(std::string_view inside) {
  if (inside.starts_with('#'))
    return char_number(inside);
  const entity* found = find_entity(inside);
  return found ? static_cast<char32_t>(found->value) : 0;
}

void append_attribute_value(std::string& out, std::string_view raw) {
  for (size_t i = 0; i < raw.size();) {
    constexpr char_set expanded{"&\t\n\r"};
    const size_t special = expanded.find(raw, i);
    out.append(raw, i, special - i);
    i = special;
    if (i == raw.size())
      return;
    if (raw[i] != '&') {
      // "\r\n" is one line end, and becomes one space.
      i += raw.substr(i).starts_with("\r\n") ? 2 : 1;
      out.push_back(' ');
      continue;
    }
    const size_t semicolon = raw.find(';', i);
    const char32_t c =
      semicolon == raw.npos ? 0 : referenced_char(raw.substr(i + 1, semicolon - i - 1));
    if (!is_char(c)) { // only in text that no scanner has checked: keep it
      out.push_back('&');
      ++i;
      continue;
    }
    append_utf8(out, c);
    i = semicolon + 1;
  }
}

} // namespace fedhub::xml
