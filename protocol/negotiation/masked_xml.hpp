// Stream-level XML as it may be shown.
#pragma once

#include <string>
#include <string_view>

namespace fedhub {

/// Returns XML of a stream without what proves an identity: of dialback keys the first digits are
/// left
/// (`shorten_key`), and all other character data is replaced by its length, `[28 octets]`, except
/// where elements hold public words (SASL mechanisms, texts of errors, limits). So are the
/// identifiers that let a stream be resumed (XEP-0198). Any octets are taken.
std::string mask_secrets(std::string_view xml);

} // namespace fedhub
