// Escapes and unescapes text in XML.
#pragma once

#include <string>
#include <string_view>

namespace fedhub {

/// Returns the value of a raw attribute as an XML processor reports it: references (`&amp;`,
/// `&#x27;`, …) are expanded, literal line ends and tabs become spaces (XML 1.0 §3.3.3). An `&`
/// that begins no reference stays as it is.
/// @pre the scanner accepted the value, so every reference in it is well-formed.
std::string unescape(std::string_view raw);

/// Escapes text for element content and for attribute values in either kind of quotes.
std::string escape(std::string_view text);
/// Appends `text`, escaped in the same way.
void append_escaped(std::string& out, std::string_view text);
/// Returns `<name xmlns='namespace_uri'`, to which attributes and the end of the tag are appended.
/// @param namespace_uri is not escaped.
std::string open_tag(std::string_view name, std::string_view namespace_uri);
/// Appends ` name='value'` with the value escaped.
void append_attribute(std::string& out, std::string_view name, std::string_view value);
/// Appends an attribute whose value is already escaped, in quotes that do not occur in the value.
/// @pre the value has at most one kind of quotes.
void append_raw_attribute(std::string& out, std::string_view name, std::string_view raw);

} // namespace fedhub
