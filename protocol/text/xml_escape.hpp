// Text in XML, there and back.
#pragma once

#include <string>
#include <string_view>

namespace fedhub {

/// The value of a raw attribute as an XML processor reports it: references expanded (`&amp;`,
/// `&#x27;`, …), literal line ends and tabs normalised to spaces (XML 1.0 §3.3.3).
/// @pre the scanner took the value, so that every reference in it is well-formed. What is no
///      reference is kept as it is.
std::string unescape(std::string_view raw);

/// Escapes text for element content and for attribute values in either quotes.
std::string escape(std::string_view text);
void append_escaped(std::string& out, std::string_view text);
/// ` name='value'`, the value escaped.
void append_attribute(std::string& out, std::string_view name, std::string_view value);
/// Appends an attribute whose value is escaped already, in quotes that the value does not have.
/// @pre the value has at most one kind of quotes.
void append_raw_attribute(std::string& out, std::string_view name, std::string_view raw);

} // namespace fedhub
