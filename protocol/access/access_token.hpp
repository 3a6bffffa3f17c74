// Tokens that stand for a right: whoever has the text has the right.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/text/sha256_digest.hpp"

namespace fedhub {

/// Returns random octets. Throws if the system has none.
std::string random_octets(size_t count);

/// Returns a new token: `octets` random octets as lower-case hexadecimal digits.
std::string new_token(size_t octets);

/// Returns the SHA-256 of a token's text, by which the hub knows it.
sha256_digest digest_of(std::string_view token);

/// Parses the 64 hexadecimal digits of a SHA-256, in either case.
std::optional<sha256_digest> parse_digest(std::string_view text);

} // namespace fedhub
