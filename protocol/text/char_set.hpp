// Searches a text for markup characters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace fedhub {

/// A set of characters below U+0040, where markup stands: white space, quotes, `&/<=>`. One shift
/// tests an octet, while `std::string_view::find_first_of` calls a search for each octet.
class char_set {
public:
  /// @pre each member is below 64.
  constexpr explicit char_set(std::string_view members) {
    for (const char c : members)
      bits_ |= uint64_t{1} << c;
  }

  constexpr bool contains(char c) const {
    const auto octet = static_cast<unsigned char>(c);
    return octet < 64 && (bits_ >> octet & 1) != 0;
  }
  /// Returns the position of the first member at or after `begin`; `text.size()` if there is none.
  constexpr size_t find(std::string_view text, size_t begin = 0) const {
    while (begin < text.size() && !contains(text[begin]))
      ++begin;
    return begin;
  }
  /// Returns the position of the first octet at or after `begin` that is not a member;
  /// `text.size()` if there is none.
  constexpr size_t find_other(std::string_view text, size_t begin = 0) const {
    while (begin < text.size() && contains(text[begin]))
      ++begin;
    return begin;
  }

private:
  uint64_t bits_ = 0;
};

} // namespace fedhub
