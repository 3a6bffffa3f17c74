// Writes a document as TOML.
#pragma once

#include <string>

#include "conf/file/toml_document.hpp"

namespace fedhub::conf {

/// Returns a TOML 1.0 text that parses to the same document, apart from lines. Arrays of tables of
/// the root and of its tables have a heading for each row; anything deeper is inline.
/// @pre strings are UTF-8; there is no `toml_date_time`.
std::string to_toml(const toml_table& document);

} // namespace fedhub::conf
