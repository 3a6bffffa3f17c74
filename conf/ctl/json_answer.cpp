#include "conf/ctl/json_answer.hpp"

#include <algorithm>

#include "protocol/text/printable_text.hpp"
#include "protocol/text/xml_chars.hpp"

namespace fedhub::ctl {

namespace {

/// Counts the levels before the parser builds them. Brackets in strings count nothing.
bool is_too_deep(std::string_view text) {
  size_t level = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\')
        ++i;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++level > most_levels)
        return true;
    } else if ((c == ']' || c == '}') && level > 0) {
      --level;
    }
  }
  return false;
}

/// Appends one UTF-16 unit as JSON escapes it.
void append_unit(std::string& out, unsigned unit) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4)
    out += digits[(unit >> shift) & 15];
}

void append_escaped(std::string& out, char32_t c) {
  constexpr char32_t first_beyond = 0x10000;
  if (c < first_beyond) {
    append_unit(out, c);
    return;
  }
  append_unit(out, 0xD800 + ((c - first_beyond) >> 10));
  append_unit(out, 0xDC00 + ((c - first_beyond) & 0x3FF));
}

} // namespace

std::optional<json> parse_json(std::string_view text) {
  if (is_too_deep(text))
    return std::nullopt;
  auto value = json::parse(text, nullptr, false);
  return value.is_discarded() ? std::nullopt : std::optional{std::move(value)};
}

const json& member(const json& value, std::string_view key) {
  static const json none;
  if (!value.is_object())
    return none;
  const auto found = value.find(key);
  return found == value.end() ? none : *found;
}

std::string text_member(const json& value, std::string_view key) {
  const auto& found = member(value, key);
  return found.is_string() ? found.get<std::string>() : std::string{};
}

std::string json_for_terminal(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const auto next = xml::decode_utf8(text.data(), text.data() + text.size());
    const size_t length = std::max<size_t>(next.length, 1);
    const bool is_space = xml::is_space(text.front());
    if (next.length == 0)
      append_escaped(result, U'\uFFFD');
    else if (is_space)
      result += text.front() == '\r' ? ' ' : text.front(); // a space as well, where JSON has it
    else if (is_deceptive(next.value))
      append_escaped(result, next.value);
    else
      result += text.substr(0, length);
    text.remove_prefix(length);
  }
  return result;
}

bool has_parts(const json& value) { return value.is_structured() && !value.empty(); }

} // namespace fedhub::ctl
