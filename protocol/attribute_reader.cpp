#include "protocol/attribute_reader.hpp"

#include <algorithm>

namespace fedhub {

namespace {

constexpr std::string_view white_space = " \t\r\n";

/// Cuts `n` octets, or all there are, off the front of `text` and returns them.
std::string_view take(std::string_view& text, size_t n) {
  auto front = text.substr(0, n);
  text.remove_prefix(front.size());
  return front;
}

void skip_white_space(std::string_view& text) { take(text, text.find_first_not_of(white_space)); }

} // namespace

attribute_reader::attribute_reader(std::string_view tag) : rest_(tag) {
  take(rest_, 1); // '<'
  element_ = take(rest_, rest_.find_first_of(" \t\r\n/>"));
}

std::optional<raw_attribute> attribute_reader::next() {
  skip_white_space(rest_);
  raw_attribute x;
  x.name = take(rest_, rest_.find_first_of(" \t\r\n=/>"));
  if (x.name.empty())
    return std::nullopt;
  take(rest_, rest_.find_first_of("\"'"));
  if (rest_.empty())
    return std::nullopt;
  const char quote = take(rest_, 1).front();
  x.value = take(rest_, rest_.find(quote));
  take(rest_, 1);
  return x;
}

} // namespace fedhub
