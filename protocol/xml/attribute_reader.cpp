#include "protocol/xml/attribute_reader.hpp"

#include "protocol/text/char_set.hpp"

namespace fedhub {

namespace {

constexpr char_set white_space{" \t\r\n"};
constexpr char_set after_element{" \t\r\n/>"};
constexpr char_set after_name{" \t\r\n=/>"};
constexpr char_set quotes{"\"'"};

/// Removes up to `n` octets from the front of `text` and returns them.
std::string_view take(std::string_view& text, size_t n) {
  auto front = text.substr(0, n);
  text.remove_prefix(front.size());
  return front;
}

void skip_white_space(std::string_view& text) { take(text, white_space.find_other(text)); }

} // namespace

attribute_reader::attribute_reader(std::string_view tag) : rest_(tag) {
  take(rest_, 1); // '<'
  element_ = take(rest_, after_element.find(rest_));
}

std::optional<raw_attribute> attribute_reader::next() {
  skip_white_space(rest_);
  raw_attribute attribute;
  attribute.name = take(rest_, after_name.find(rest_));
  if (attribute.name.empty())
    return std::nullopt;
  take(rest_, quotes.find(rest_));
  if (rest_.empty())
    return std::nullopt;
  const char quote = take(rest_, 1).front();
  attribute.value = take(rest_, rest_.find(quote));
  take(rest_, 1);
  return attribute;
}

} // namespace fedhub
