// The attributes of a start tag, octet by octet as they were sent.
#pragma once

#include <optional>
#include <string_view>

namespace fedhub {

/// One attribute as it stands: nothing is expanded or normalised.
struct raw_attribute {
  std::string_view name;  ///< qualified, e.g. "xml:lang".
  std::string_view value; ///< without its quotes.

  /// The octet around the value: `'` or `"`.
  char quote() const { return *(value.data() - 1); }
};

/// Walks the attributes of a start tag that the scanner has taken; so it need not check anything.
class attribute_reader {
public:
  /// @param tag from the tag's `<` to (at least) its `>`; outlives the reader and what it returns.
  explicit attribute_reader(std::string_view tag);

  /// The element's qualified name.
  std::string_view element() const { return element_; }

  /// @returns nothing after the last attribute.
  std::optional<raw_attribute> next();

private:
  std::string_view element_;
  std::string_view rest_;
};

} // namespace fedhub
