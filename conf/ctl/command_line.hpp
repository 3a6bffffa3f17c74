// The command line of fedhubctl.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "conf/ctl/invocation.hpp"
#include "conf/ctl/readable.hpp"

namespace fedhub::ctl {

/// The socket of an installed hub.
inline constexpr const char* default_socket = "/run/fedhub/admin.sock";

/// What a call depends on beside its words.
struct call_context {
  std::string socket; ///< `$FEDHUB_SOCKET`; empty: `default_socket`.
  moment now;         ///< that `--since 2h` counts from.
};

/// A call that asks nothing: `--help`, `--version`, or a wrong one.
struct nothing_asked {
  int exit_code;
  std::string output; ///< for standard output.
  std::string error;  ///< for standard error.
};

/// Parses the words of a call. @param words without the program's name.
/// @returns what to ask, or for a wrong call what is wrong and how the command is used.
std::variant<invocation, nothing_asked> parse_command_line(const std::vector<std::string>& words,
                                                           const call_context& context);

} // namespace fedhub::ctl
