// The files of the web console, as they stand in the program.
#pragma once

#include <span>
#include <string_view>

namespace fedhub {

/// One file of actors/console/assets.
struct console_asset {
  std::string_view name;
  std::string_view text;
};

/// Returns all files.
std::span<const console_asset> console_assets();

/// Returns a hash of all files, in hexadecimal digits. It changes whenever one of them does.
std::string_view console_version();

} // namespace fedhub
