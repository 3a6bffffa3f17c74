// References: `&amp;`, `&#x27;`. RFC 6120 §11.1 allows the five entities of XML 1.0 §4.6 and
// character references.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace fedhub::xml {

/// The number of octets that `is_entity_reference` reads.
inline constexpr size_t entity_reference_room = sizeof(uint64_t);

/// Returns whether a reference to one of the five entities is at `p`. Nearly all references are.
/// The five are compared without branches: they come in random order in prose, and branches would
/// be mispredicted.
/// @pre `entity_reference_room` octets are readable at `p`.
inline bool is_entity_reference(const char* p) {
  uint64_t octets;
  std::memcpy(&octets, p, sizeof octets);
  // Octets in the order in which they lie in memory, whatever the CPU's byte order.
  const auto begin_with = [octets]<size_t N>(const char(&reference)[N]) {
    std::array<char, sizeof octets> text{}, mask{};
    for (size_t i = 0; i < N - 1; ++i) {
      text[i] = reference[i];
      mask[i] = '\xFF';
    }
    return static_cast<unsigned>((octets & std::bit_cast<uint64_t>(mask))
                                 == std::bit_cast<uint64_t>(text));
  };
  return begin_with("&amp;") | begin_with("&lt;") | begin_with("&gt;") | begin_with("&quot;")
         | begin_with("&apos;");
}

/// Returns the first octet at or after `p` that cannot be inside a reference; in a reference this
/// is its `;`. Returns `end` if there is none.
const char* find_reference_end(const char* p, const char* end);

/// Returns the character that a checked reference stands for; 0 if there is none.
char32_t referenced_char(std::string_view inside);

/// Appends the value of a checked attribute as an XML processor reports it: references are
/// expanded, literal white space becomes spaces (XML 1.0 §2.11, §3.3.3).
void append_attribute_value(std::string& out, std::string_view raw);

} // namespace fedhub::xml
