// The dialback secret that the hub makes if none is configured.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <tl/expected.hpp>

#include "actors/files/state_folder.hpp"
#include "conf/schema/secret.hpp"

namespace fedhub {

/// Returns the secret in `state_dir/dialback-secret`: 64 hexadecimal digits and a line end. If
/// there is no such file, makes it from 256 random bits. Processes that share the folder get the
/// same secret.
/// @returns nothing if there is no file and `use` is `look`. An error names the path. A damaged
/// file is never replaced.
tl::expected<std::optional<conf::secret>, std::string>
kept_dialback_secret(const std::filesystem::path& state_dir, state_use use = state_use::make);

} // namespace fedhub
