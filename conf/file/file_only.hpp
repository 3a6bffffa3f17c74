// The keys that only files of the operator may set.
#pragma once

#include <string_view>

#include "conf/file/layer_files.hpp"
#include "conf/file/problem_list.hpp"

namespace fedhub::conf {

/// Returns whether changes through the API must not set a key: [hub], [listen], [admin], [cluster],
/// [capture], [[core]], [[edge]], and every path of a file. Otherwise whoever may use the API could
/// have the hub read any file, and open any port.
/// @param key with or without the parts of its parents and the marks of its rows:
/// "federation.dialback_secret_file", "node[2].secret_file".
bool is_file_only(std::string_view key);

/// Reports each key of a layer that must not be in it: file-only keys in the console's, and
/// `hub.state_dir`, by which the others are found, in the estate's.
void check_file_only(const layer& layer, problem_list& problems);

/// The values that a file-only key may have, for problems.
inline constexpr std::string_view file_only_allowed =
  "file-only: set it in the configuration file or in the folder beside it";

} // namespace fedhub::conf
