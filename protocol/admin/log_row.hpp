// One module of the log, as the API shows it.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fedhub::admin {

/// One row of `GET log`.
struct log_row {
  std::string_view module; ///< a static text.
  std::string_view level;  ///< in force; a static text.
  /// When the configured level is in force again; nothing: it is in force.
  std::optional<std::chrono::system_clock::time_point> until = {};
};

/// Returns `{"items": [...], "total": n}`.
std::string json_of(const std::vector<log_row>& rows);

} // namespace fedhub::admin
