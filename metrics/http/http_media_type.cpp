#include "metrics/http/http_media_type.hpp"

#include <algorithm>
#include <ranges>

#include "metrics/http/http_grammar.hpp"

namespace fedhub {

namespace {

std::string lower_case(std::string_view text) {
  std::string lower{text};
  std::ranges::transform(lower, lower.begin(), ascii_lower);
  return lower;
}

/// Takes a parameter and the semicolon in front of it from the text (RFC 9110 §5.6.6). An empty
/// parameter is skipped.
bool take_parameter(std::string_view& text, http_fields& parameters) {
  if (!text.starts_with(';'))
    return false;
  text = trim_white_space(text.substr(1));
  if (text.empty() || text.starts_with(';'))
    return true;
  const auto equals = text.find('=');
  if (equals == text.npos || !is_token(text.substr(0, equals)))
    return false;
  auto name = lower_case(text.substr(0, equals));
  text.remove_prefix(equals + 1);
  std::string value;
  if (!take_quoted_string(text, value)) {
    const auto end = std::ranges::find_if_not(text, is_token_character);
    value.assign(text.begin(), end);
    if (value.empty())
      return false;
    text.remove_prefix(value.size());
  }
  parameters.emplace_back(std::move(name), std::move(value));
  text = trim_white_space(text);
  return true;
}

} // namespace

std::optional<http_media_type> parse_media_type(std::string_view text) {
  const auto essence = trim_white_space(text.substr(0, text.find(';')));
  const auto slash = essence.find('/');
  if (slash == essence.npos || !is_token(essence.substr(0, slash))
      || !is_token(essence.substr(slash + 1)))
    return {};
  http_media_type type{lower_case(essence), {}};
  text.remove_prefix(std::min(text.find(';'), text.size()));
  while (!text.empty())
    if (!take_parameter(text, type.parameters))
      return {};
  return type;
}

bool has_utf8_body_of(const http_fields& headers, std::string_view essence) {
  const auto type = parse_media_type(http_header(headers, "Content-Type"));
  return type && type->essence == essence
         && std::ranges::all_of(type->parameters, [](const auto& parameter) {
              return parameter.first != "charset" || equal_http_names(parameter.second, "utf-8");
            });
}

} // namespace fedhub
