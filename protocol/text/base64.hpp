// Base64 as XMPP writes it: RFC 4648 §4, padded, without line breaks (RFC 6120 §6.4.1).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fedhub {

/// Encodes octets as Base64.
/// @returns an empty text if there are more octets than OpenSSL can count.
std::string to_base64(std::string_view octets);

/// Decodes a text that is exactly as `to_base64` writes it.
/// @returns nothing if the text has white space, lacks padding, or has a bit set after the last
///          octet. Empty for an empty text.
std::optional<std::string> from_base64(std::string_view text);

} // namespace fedhub
