#include "conf/file/toml_key_parts.hpp"

#include <algorithm>

namespace fedhub::conf {

namespace {

/// Returns the end of the string that begins at `begin`. If the string is not closed, returns the
/// end of its line or of the text.
size_t string_end(std::string_view text, size_t begin) {
  const char quote = text[begin];
  const auto triple = [&](size_t i) {
    return i + 2 < text.size() && text[i] == quote && text[i + 1] == quote && text[i + 2] == quote;
  };
  const bool multi_line = triple(begin);
  auto i = begin + (multi_line ? 3 : 1);
  while (i < text.size()) {
    if (text[i] == '\\' && quote == '"') {
      i += 2;
    } else if (!multi_line && text[i] == '\n') {
      return i;
    } else if (!multi_line && text[i] == quote) {
      return i + 1;
    } else if (multi_line && triple(i)) {
      // Up to two more quotes belong to the content.
      for (i += 3; i < text.size() && text[i] == quote; ++i) {
      }
      return i;
    } else {
      ++i;
    }
  }
  return text.size();
}

} // namespace

std::optional<uint32_t> line_with_more_dots(std::string_view text, size_t max_dots) {
  uint32_t line = 1;
  size_t dots = 0;
  for (size_t i = 0; i < text.size();) {
    auto next = i + 1;
    switch (text[i]) {
    case '"':
    case '\'':
      next = string_end(text, i);
      line += static_cast<uint32_t>(std::ranges::count(text.substr(i, next - i), '\n'));
      break;
    case '#':
      next = std::min(text.find('\n', i), text.size());
      break;
    case '\n':
      ++line;
      dots = 0;
      break;
    case '.':
      if (++dots > max_dots)
        return line;
      break;
    default:
      break;
    }
    i = next;
  }
  return {};
}

} // namespace fedhub::conf
