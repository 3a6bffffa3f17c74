// The terminal, if there is one, and what is written to it.
#pragma once

#include <cstddef>
#include <string_view>
#include <system_error>

namespace fedhub::ctl {

/// Where output goes.
struct terminal {
  bool there = false; ///< else it goes into a pipe or a file.
  size_t width = 0;   ///< columns, at least 1; `no_limit` if there is no terminal.
  size_t height = 0;  ///< lines; `no_limit` if there is no terminal.

  /// Looks at a file descriptor. @param columns `$COLUMNS`, which counts more than what the
  /// terminal says; empty: not set.
  static terminal of(int fd, std::string_view columns);
};

/// Writes all of a text. @returns what went wrong; `std::errc::broken_pipe` if nobody reads any
/// more. @pre SIGPIPE is ignored.
std::error_code write_all(int fd, std::string_view text);

} // namespace fedhub::ctl
