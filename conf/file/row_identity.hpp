// The arrays of tables whose rows have an identity, by which layers and the API name them.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "conf/file/toml_document.hpp"

namespace fedhub::conf {

/// Which keys of a row are its identity.
enum class row_identity : uint8_t {
  name,
  chain_file,         ///< as an absolute path.
  domain,             ///< a pattern, in A-labels and lower case.
  domain_and_address, ///< with a space between them; the address with its port.
};

/// Returns the identity of the rows below a key, such as "tls.certificate".
/// @returns nothing for any other key.
std::optional<row_identity> row_identity_at(std::string_view key);

/// Returns the identity of a row, normalised. A part that no reader would accept stays as it is.
/// @param folder start of the row's relative paths.
/// @returns nothing if a key of the identity is missing or no string.
std::optional<std::string> identity_of(row_identity kind, const toml_table& row,
                                       const std::filesystem::path& folder);

/// Normalises an identity that somebody has typed.
std::string normalised_identity(row_identity kind, std::string_view text);

/// Returns the keys of the identity with their values, as a row has them; the contrary of
/// `identity_of`.
/// @param layer of the values.
/// @returns nothing if the text is no such identity: it is empty, or a part is missing.
std::optional<toml_table> row_of_identity(row_identity kind, std::string_view text, uint32_t layer);

} // namespace fedhub::conf
