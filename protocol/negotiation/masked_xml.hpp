// Removes secrets from stream-level XML, for logs.
#pragma once

#include <string>
#include <string_view>

namespace fedhub {

/// Returns XML of a stream without the data that proves an identity. Dialback keys keep only their
/// first digits (`shorten_key`). All other character data is replaced by its length, `[28 octets]`,
/// except in elements that hold public words (SASL mechanisms, texts of errors, limits). The
/// identifiers that let a stream be resumed (XEP-0198) are replaced as well. Accepts any octets.
std::string mask_secrets(std::string_view xml);

} // namespace fedhub
