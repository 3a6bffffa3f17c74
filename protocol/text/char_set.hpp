// Sets of markup characters, looked for in text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace fedhub {

/// Characters below U+0040, where those of markup are: white space, quotes, `&/<=>`. One shift
/// tells whether an octet is among them, where `std::string_view::find_first_of` calls for each
/// octet a search of its own.
class char_set {
public:
  /// @pre each is below 64.
  constexpr explicit char_set(std::string_view members) {
    for (const char c : members)
      bits_ |= uint64_t{1} << c;
  }

  constexpr bool contains(char c) const {
    const auto octet = static_cast<unsigned char>(c);
    return octet < 64 && (bits_ >> octet & 1) != 0;
  }
  /// Where the first one stands from `begin` on; the size of the text if there is none.
  constexpr size_t find(std::string_view text, size_t begin = 0) const {
    while (begin < text.size() && !contains(text[begin]))
      ++begin;
    return begin;
  }
  /// Where the first octet stands that is none.
  constexpr size_t find_other(std::string_view text, size_t begin = 0) const {
    while (begin < text.size() && contains(text[begin]))
      ++begin;
    return begin;
  }

private:
  uint64_t bits_ = 0;
};

} // namespace fedhub
