// The syntax of one start tag: names, attributes and their values, uniqueness as written.
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

/// A qualified name as it stands, by offsets from the item's first octet.
struct qualified_name {
  uint32_t begin = 0;
  uint32_t colon = 0; ///< 0 if there is no prefix (no name stands at the item's first octet).
  uint32_t end = 0;

  std::string_view whole(const char* item) const { return {item + begin, end - begin}; }
  /// Whether it stands like this. Inline for a text of known length, which a comparison of views
  /// is not.
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
  bool references = false; ///< the value has some.

  std::string_view value(const char* item) const {
    return {item + value_begin, value_end - value_begin};
  }
};

/// A start tag taken apart. One object is used for all tags, so that its memory is allocated once.
struct tag_syntax {
  qualified_name name;
  std::vector<attribute> attributes;
  uint32_t end = 0; ///< the first octet behind the tag.
  bool empty = false;
  bool prefixed = false;            ///< the element or an attribute has a prefix.
  bool new_names = false;           ///< some name is one since XML 1.0's fifth edition only.
  uint32_t default_declaration = 0; ///< 1 + the index of the attribute `xmlns`; 0: there is none.

  std::vector<attribute> scratch; ///< of the search for equal names.
};

/// Sees one attribute. Its fault is the tag's.
using attribute_visitor = std::function<fault(const attribute&)>;

/// Takes the start tag at `begin` apart.
/// @param beyond sees the attributes past `max_attributes`, which are not collected, nor compared;
///               may be empty. Null: they are a fault.
/// @pre there is a `<`, and no item is longer than 2^32 - 1.
/// @returns `incomplete` if the octets end first; `failed` if one of them breaks a rule, whether or
///          not the tag's end was seen; else `done`, with attribute names that are all different.
step parse_start_tag(mark_window& octets, size_t begin, size_t max_attributes, tag_syntax& out,
                     fault& why, const attribute_visitor* beyond = nullptr);

/// Takes the name at `begin`. `incomplete` if the octets end before it does.
step parse_name(mark_window& octets, size_t begin, qualified_name& out, fault& why);

} // namespace fedhub::xml
