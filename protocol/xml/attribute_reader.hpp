// Reads the attributes of a start tag as they were sent, octet by octet.
#pragma once

#include <optional>
#include <string_view>

namespace fedhub {

/// One attribute as it was sent: nothing is expanded or normalised.
struct raw_attribute {
  std::string_view name;  ///< qualified, e.g. "xml:lang".
  std::string_view value; ///< without the quotes.

  /// The octet around the value: `'` or `"`.
  char quote() const { return *(value.data() - 1); }
};

/// Iterates over the attributes of a start tag. The scanner has accepted the tag, so nothing is
/// checked again.
class attribute_reader {
public:
  /// @param tag from the tag's `<` to (at least) its `>`; outlives the reader and what it returns.
  explicit attribute_reader(std::string_view tag);

  /// Returns the element's qualified name.
  std::string_view element() const { return element_; }

  /// Returns the next attribute.
  /// @returns nothing after the last attribute.
  std::optional<raw_attribute> next();

private:
  std::string_view element_;
  std::string_view rest_;
};

} // namespace fedhub
