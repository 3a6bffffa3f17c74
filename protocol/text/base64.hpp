// Base64 as XMPP writes it: RFC 4648 §4, padded, in one piece (RFC 6120 §6.4.1).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fedhub {

std::string to_base64(std::string_view octets);

/// @returns nothing unless `text` is what `to_base64` makes of the result: no white space, no
///          missing padding, no bits set behind the last octet. Empty for an empty text.
std::optional<std::string> from_base64(std::string_view text);

} // namespace fedhub
