// Examines a text eight octets at a time.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace fedhub {

/// Returns a word whose eight octets all equal `octet`.
constexpr uint64_t each(uint8_t octet) { return uint64_t{0x0101010101010101} * octet; }

/// Returns whether an octet of the word is 0. Octets above 0x80 do not count, since `~word` clears
/// their high bit.
constexpr bool has_zero(uint64_t word) { return ((word - each(1)) & ~word & each(0x80)) != 0; }

/// Returns whether `holds` is true for any eight octets of the text. The last word may overlap the
/// one before it.
/// @param holds takes a word.
/// @param filler an octet for which `holds` is false; pads a text shorter than a word.
template <class F>
bool any_word(std::string_view text, uint8_t filler, F holds) {
  uint64_t word = each(filler);
  if (text.size() < sizeof word) {
    std::memcpy(&word, text.data(), text.size());
    return holds(word);
  }
  const auto at = [&](size_t i) {
    std::memcpy(&word, text.data() + i, sizeof word);
    return holds(word);
  };
  const size_t last = text.size() - sizeof word;
  for (size_t i = 0; i < last; i += sizeof word)
    if (at(i))
      return true;
  return at(last);
}

} // namespace fedhub
