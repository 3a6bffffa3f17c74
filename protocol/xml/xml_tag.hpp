// The syntax of one start tag: names, attributes and values, and the uniqueness of the names as
// written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string_view>
#include <vector>

#include "protocol/errors/xml_fault.hpp"
#include "protocol/xml/xml_marks.hpp"

namespace fedhub::xml {

/// A qualified name as written, by offsets from the item's first octet.
struct qualified_name {
  uint32_t begin = 0;
  uint32_t colon = 0; ///< 0 if there is no prefix: no name begins at the item's first octet.
  uint32_t end = 0;

  std::string_view whole(const char* item) const { return {item + begin, end - begin}; }
  /// Returns whether the name is written like `text`. Inlined for a text of known length, unlike a
  /// comparison of views.
  template <size_t N>
  bool is(const char* item, const char (&text)[N]) const {
    return end - begin == N - 1 && std::memcmp(item + begin, text, N - 1) == 0;
  }
  std::string_view prefix(const char* item) const {
    return colon ? std::string_view{item + begin, colon - begin} : std::string_view{};
  }
  std::string_view local(const char* item) const {
    return colon ? std::string_view{item + colon + 1, end - colon - 1} : whole(item);
  }
};

struct attribute {
  qualified_name name;
  uint32_t value_begin = 0;
  uint32_t value_end = 0;
  bool references = false; ///< the value has references.

  std::string_view value(const char* item) const {
    return {item + value_begin, value_end - value_begin};
  }
};

/// A parsed start tag. One object serves all tags, so that its memory is allocated once.
struct tag_syntax {
  qualified_name name;
  std::vector<attribute> attributes;
  uint32_t end = 0; ///< the first octet after the tag.
  bool empty = false;
  bool prefixed = false;            ///< the element or an attribute has a prefix.
  bool new_names = false;           ///< a name is valid only since XML 1.0's fifth edition.
  uint32_t default_declaration = 0; ///< 1 + the index of the attribute `xmlns`; 0: there is none.

  std::vector<attribute> scratch; ///< used by the search for equal names.
};

/// Inspects one attribute. The fault that it returns is the tag's.
using attribute_visitor = std::function<fault(const attribute&)>;

/// Parses the start tag at `begin`.
/// @param beyond inspects the attributes past `max_attributes`, which are neither collected nor
/// compared; may be empty. If null, such an attribute is a fault.
/// @pre the octet at `begin` is `<`, and the item is no longer than 2^32 - 1 octets.
/// @returns `incomplete` if the octets end first; `failed` if an octet breaks a rule, whether or
///          not the tag's end has arrived; else `done`, and then all attribute names are different.
step parse_start_tag(mark_window& octets, size_t begin, size_t max_attributes, tag_syntax& out,
                     fault& why, const attribute_visitor* beyond = nullptr);

/// Parses the name at `begin`.
/// @returns `incomplete` if the octets end before the name does.
step parse_name(mark_window& octets, size_t begin, qualified_name& out, fault& why);

} // namespace fedhub::xml
