// The dialback secret that the hub makes where none is configured.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <tl/expected.hpp>

#include "actors/files/state_folder.hpp"
#include "conf/schema/secret.hpp"

namespace fedhub {

/// The secret in `state_dir/dialback-secret`: 64 hexadecimal digits and a line end. Makes it from
/// 256 random bits if there is no such file. Processes that share the folder get the same one.
/// @returns nothing if there is none and `use` is `look`. What is wrong, naming the path: a file
///          that is there but is not whole is never replaced.
tl::expected<std::optional<conf::secret>, std::string>
kept_dialback_secret(const std::filesystem::path& state_dir, state_use use = state_use::make);

} // namespace fedhub
