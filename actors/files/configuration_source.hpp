// The source of the configuration in force.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "conf/file/loader.hpp"

namespace fedhub {

/// The files that the configuration was read from. A reload reads them again, on request or after a
/// change of one of `files`.
struct configuration_source {
  std::filesystem::path file;
  std::vector<std::filesystem::path> files;         ///< `conf::load_result::files`.
  std::chrono::system_clock::time_point read_since; ///< when reading them began.
  std::vector<std::filesystem::path> secret_files;  ///< `conf::load_result::secret_files`.
  std::vector<std::string> warnings = {};           ///< `conf::load_result::warnings`.
  std::shared_ptr<const conf::layer_sum> sum = {};  ///< `conf::load_result::sum`.

  /// Returns the source of a configuration that was loaded.
  static configuration_source of(std::filesystem::path file, const conf::load_result& loaded,
                                 std::chrono::system_clock::time_point since) {
    return {std::move(file), loaded.files, since, loaded.secret_files, loaded.warnings, loaded.sum};
  }
};

} // namespace fedhub
