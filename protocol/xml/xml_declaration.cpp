#include "protocol/xml/xml_declaration.hpp"

#include <algorithm>
#include <optional>

#include "protocol/text/xml_chars.hpp"

namespace fedhub::xml {

namespace {

constexpr fault malformed = not_well_formed("a malformed XML declaration");

bool take_space(std::string_view& text) {
  const auto* end = std::ranges::find_if_not(text, is_space);
  const bool any = end != text.begin();
  text.remove_prefix(end - text.begin());
  return any;
}

bool take(std::string_view& text, std::string_view expected) {
  if (!text.starts_with(expected))
    return false;
  text.remove_prefix(expected.size());
  return true;
}

/// Removes `name = 'value'` and the white space that the grammar requires before it.
/// @returns the value; nothing if the text does not begin like that.
std::optional<std::string_view> take_attribute(std::string_view& text, std::string_view name) {
  std::string_view rest = text;
  if (!take_space(rest) || !take(rest, name))
    return {};
  take_space(rest);
  if (!take(rest, "="))
    return {};
  take_space(rest);
  if (rest.empty() || (rest.front() != '\'' && rest.front() != '"'))
    return {};
  const size_t close = rest.find(rest.front(), 1);
  if (close == rest.npos)
    return {};
  const std::string_view value = rest.substr(1, close - 1);
  text = rest.substr(close + 1);
  return value;
}

bool is_encoding_name(std::string_view text) {
  const auto is_letter = [](char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; };
  return !text.empty() && is_letter(text.front()) && std::ranges::all_of(text, is_ascii_name_char);
}

bool is_utf8(std::string_view text) {
  return std::ranges::equal(text, std::string_view{"utf-8"}, [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a) == b;
  });
}

} // namespace

fault check_declaration(std::string_view text) {
  if (!take(text, "<?xml"))
    return malformed;
  const auto version = take_attribute(text, "version");
  if (!version)
    return malformed;
  if (*version != "1.0")
    return not_well_formed("an XML version other than 1.0");
  const auto encoding = take_attribute(text, "encoding");
  if (encoding && !is_encoding_name(*encoding))
    return malformed;
  const auto standalone = take_attribute(text, "standalone");
  if (standalone && *standalone != "yes" && *standalone != "no")
    return malformed;
  take_space(text);
  if (text != "?>")
    return malformed;
  if (encoding && !is_utf8(*encoding))
    return bad_encoding("an encoding other than UTF-8 is declared");
  return {};
}

} // namespace fedhub::xml
