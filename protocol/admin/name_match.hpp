// The pattern by which an operator picks rows of a list.
#pragma once

#include <string>
#include <string_view>

namespace fedhub::admin {

/// A pattern for names, regardless of the case of ASCII letters: "*" stands for any octets, "?" for
/// one. A pattern without either matches every name that contains it. The empty pattern matches all
/// names.
class name_match {
public:
  /// The most octets of a pattern; a domain has 255 at most.
  static constexpr size_t most_octets = 255;

  name_match() = default;
  /// @pre `pattern` has at most `most_octets`.
  explicit name_match(std::string_view pattern);

  /// Takes time in proportion to the product of the two lengths at most.
  bool matches(std::string_view name) const;

private:
  std::string pattern_; ///< in lower case; with "*" at both ends if it had no wildcard.
};

} // namespace fedhub::admin
