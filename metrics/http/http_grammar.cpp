#include "metrics/http/http_grammar.hpp"

#include <algorithm>

namespace fedhub {

bool is_token_character(char c) {
  const char letter = ascii_lower(c);
  return (letter >= 'a' && letter <= 'z') || (c >= '0' && c <= '9')
         || std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_token_character);
}

std::string_view trim_white_space(std::string_view text) {
  constexpr std::string_view white_space = " \t";
  const auto begin = text.find_first_not_of(white_space);
  return begin == text.npos ? std::string_view{}
                            : text.substr(begin, text.find_last_not_of(white_space) + 1 - begin);
}

std::string_view take_until(std::string_view& text, char mark) {
  const auto end = text.find(mark);
  const auto part = text.substr(0, end);
  text.remove_prefix(end == text.npos ? text.size() : end + 1);
  return trim_white_space(part);
}

bool take_quoted_string(std::string_view& text, std::string& value) {
  if (!text.starts_with('"'))
    return false;
  std::string quoted;
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      value = std::move(quoted);
      text.remove_prefix(i + 1);
      return true;
    }
    if (text[i] == '\\' && ++i == text.size())
      return false;
    quoted += text[i];
  }
  return false;
}

} // namespace fedhub
