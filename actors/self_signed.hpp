// What the hub makes for itself in its state folder: a self-signed certificate and the dialback
// secret.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "conf/schema.hpp"
#include "protocol/domain_name.hpp"

namespace fedhub {

/// Makes sure that `state_dir` (created 0700) holds a self-signed certificate for `domains` that is
/// valid for at least 30 more days: keeps the one there, or makes a new one (ECDSA P-256, one
/// year).
/// @returns the files, or what is wrong, naming the path.
tl::expected<conf::certificate_files, std::string>
ensure_self_signed(const std::filesystem::path& state_dir, std::string_view hub_name,
                   const std::vector<domain_pattern>& domains);

/// The dialback secret kept in `state_dir`; made from 256 random bits if there is none yet.
tl::expected<std::string, std::string>
ensure_dialback_secret(const std::filesystem::path& state_dir);

} // namespace fedhub
