// `fedhubctl passwd`: makes the row of a user.
#pragma once

#include <string>

#include "conf/ctl/call_output.hpp"

namespace fedhub::ctl {

/// The fewest octets of a new password.
inline constexpr size_t least_password_octets = 8;

/// Reads a password, twice from a terminal without showing it, or else one line of standard input.
/// Prints the row of [[admin.user]] with its hash. Asks no hub. @returns the exit code.
int print_user_row(const std::string& name, const std::string& role, const call_output& output);

} // namespace fedhub::ctl
