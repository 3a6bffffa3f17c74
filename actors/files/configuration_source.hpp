// The source of the configuration in force.
#pragma once

#include <chrono>
#include <filesystem>
#include <vector>

namespace fedhub {

/// The files that the configuration was read from. A reload reads them again, on request or after a
/// change of one of `files`.
struct configuration_source {
  std::filesystem::path file;
  std::vector<std::filesystem::path> files;         ///< `conf::load_result::files`.
  std::chrono::system_clock::time_point read_since; ///< when reading them began.
  std::vector<std::filesystem::path> secret_files;  ///< `conf::load_result::secret_files`.
};

} // namespace fedhub
