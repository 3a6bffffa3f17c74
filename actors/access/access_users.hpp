// The users of the configuration, as callers of the API.
#pragma once

#include <optional>
#include <string_view>

#include "actors/access/session_table.hpp"
#include "conf/schema/admin_config.hpp"

namespace fedhub {

/// Returns the person with this name; null if there is none.
const conf::admin_user* person_named(const conf::admin_config& config, std::string_view name);

/// Returns the rights of a user.
access_owner owner_of(const conf::admin_user& user);

/// Returns the rights of the program whose token has this hash; nothing if there is none.
std::optional<access_owner> program_with(const conf::admin_config& config,
                                         const sha256_digest& token);

/// Returns whether the configuration still gives these rights, by the same password or token.
/// Rights from the Unix socket are not in the configuration, and stay.
bool has_rights(const conf::admin_config& config, const access_owner& owner);

/// Returns the hash of a password that nobody has, at the cost that `fedhubctl passwd` chooses.
const password_hash& unknown_password();

/// Compares two secrets in a time that depends on their lengths only.
bool same_secret(std::string_view shown, std::string_view expected);

} // namespace fedhub
