// Rows of tests that parse a text and show the value again.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fedhub::test {

struct text_case {
  std::string_view text;
  std::string_view expected; ///< the result of `str()`; empty: refused.
};

/// Returns the text of a parsed value; empty if there is none.
template <class T>
std::string shown(const std::optional<T>& parsed) {
  return parsed ? parsed->str() : std::string{};
}

} // namespace fedhub::test
