// The media type of a body.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "metrics/http/http_message.hpp"

namespace fedhub {

/// A media type (RFC 9110 §8.3.1).
struct http_media_type {
  std::string essence;    ///< type and subtype in lower case: "application/json".
  http_fields parameters; ///< names in lower case, values without quotes.
};

/// Parses the value of a `Content-Type`.
/// @returns nothing if it is empty or malformed.
std::optional<http_media_type> parse_media_type(std::string_view text);

/// Returns whether a body with these headers is of a type, in UTF-8: a parameter `charset` may name
/// UTF-8 only. False without `Content-Type`.
/// @param essence in lower case.
bool has_utf8_body_of(const http_fields& headers, std::string_view essence);

} // namespace fedhub
