// Where the configuration in force came from.
#pragma once

#include <chrono>
#include <filesystem>
#include <vector>

namespace fedhub {

/// Where the configuration came from: to be reloaded from there, also when one of `files` changes.
struct configuration_source {
  std::filesystem::path file;
  std::vector<std::filesystem::path> files;         ///< `conf::load_result::files`.
  std::chrono::system_clock::time_point read_since; ///< when reading them began.
  std::vector<std::filesystem::path> secret_files;  ///< `conf::load_result::secret_files`.
};

} // namespace fedhub
