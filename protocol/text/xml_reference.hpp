// References: `&amp;`, `&#x27;`. RFC 6120 §11.1 leaves the five entities of XML 1.0 §4.6 and
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

/// What `is_entity_reference` looks at.
inline constexpr size_t entity_reference_room = sizeof(uint64_t);

/// Whether a reference to an entity is at `p`, as nearly all are. Which one is not guessed by
/// branches: prose has them at random.
/// @pre `entity_reference_room` octets are there.
inline bool is_entity_reference(const char* p) {
  uint64_t octets;
  std::memcpy(&octets, p, sizeof octets);
  // In the order in which they lie in memory, whatever the CPU's.
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

/// The first octet at or behind `p` that can't belong to the inside of a reference: its `;`, if it
/// is one at all. `end` if there is none.
const char* find_reference_end(const char* p, const char* end);

/// The character that a checked reference stands for.
char32_t referenced_char(std::string_view inside);

/// Appends the value of a checked attribute as an XML processor reports it: references expanded,
/// literal white space normalised to spaces (XML 1.0 §2.11, §3.3.3).
void append_attribute_value(std::string& out, std::string_view raw);

} // namespace fedhub::xml
