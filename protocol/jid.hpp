// JIDs as far as a router needs them: RFC 7622.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "protocol/domain_name.hpp"

namespace fedhub {

/// The parts of an address as they stand, not normalised. Views into the text that was split.
struct jid_parts {
  std::string_view local; ///< empty if absent.
  std::string_view domain;
  std::string_view resource; ///< empty if absent.

  /// The bare JID's octets in the text (`local@domain`, or `domain`).
  std::string_view bare;
};

/// Splits an address (RFC 7622 §3.1: first "/", then first "@" before it) and checks limits: each
/// part at most 1023 octets and not empty where its separator is there; no control character, and
/// in the localpart none of `"&'/:<>@` and no space. The domainpart is not looked into: see
/// `domain_name`.
/// @returns nothing if it is malformed.
std::optional<jid_parts> split_jid(std::string_view text);

/// Returns the domainpart of an address that may be malformed otherwise: the text between the last
/// "@" before the first "/", and that "/". It is not checked; empty if nothing is there.
std::string_view domain_part(std::string_view address);

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
