// References: `&amp;`, `&#x27;`. RFC 6120 §11.1 leaves the five entities of XML 1.0 §4.6 and
// character references.
#pragma once

#include <string>
#include <string_view>

#include "protocol/xml_fault.hpp"

namespace fedhub::xml {

/// The first octet at or behind `p` that can't belong to the inside of a reference: its `;`, if it
/// is one at all. `end` if there is none.
const char* find_reference_end(const char* p, const char* end);

/// Checks what stands between `&` and `;`, or between `&` and the octet that took the `;`'s place.
fault check_reference(std::string_view inside, bool closed);

/// The character that a checked reference stands for.
char32_t referenced_char(std::string_view inside);

/// Appends the value of a checked attribute as an XML processor reports it: references expanded,
/// literal white space normalised to spaces (XML 1.0 §2.11, §3.3.3).
void append_attribute_value(std::string& out, std::string_view raw);

} // namespace fedhub::xml
