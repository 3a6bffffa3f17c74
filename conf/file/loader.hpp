// Loads a configuration, from its files or from a text.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conf/file/layer_sum.hpp"
#include "conf/file/problem.hpp"
#include "conf/schema/schema.hpp"

namespace fedhub::conf {

/// Either a configuration or the problems that prevent one: `value` is null if and only if there
/// are problems.
struct load_result {
  std::shared_ptr<const config> value;
  std::vector<problem> problems; ///< the first `most_problems`, by file and line.
  /// The files that were read or tried: first the configuration's own files, then the files that
  /// they name, including secrets and the default `tls.ca_file`. The folder with further files is
  /// among them. A change of any of them may change the result.
  std::vector<std::filesystem::path> files;
  /// The elements of `files` that hold secrets or private keys, without duplicates. A file of the
  /// configuration itself is among them if it contains a secret.
  std::vector<std::filesystem::path> secret_files;
  /// See `layer_sum::warnings`.
  std::vector<std::string> warnings = {};
  /// All values with their places; null if a file can't be read or parsed.
  std::shared_ptr<const layer_sum> sum = nullptr;
  size_t more_problems = 0; ///< beyond `problems`.

  explicit operator bool() const { return value != nullptr; }
};

/// Loads the files of a configuration, see `read_layers`: at most 16 MiB each, 64 MiB together.
/// Reports all problems at once, up to `most_problems`. Only a syntax error hides problems
/// elsewhere.
///
/// Relative paths are resolved against the folder of the file that holds them, the default of
/// `hub.state_dir` against that of the first file. Files with secrets are read. Certificates and
/// keys are only opened. Blocks on file I/O.
/// @param console text that stands for the file with the API's changes, to judge a change.
load_result load_file(const std::filesystem::path& path,
                      const std::optional<std::string_view>& console = {});

/// Loads a text as if it were the content of the file `name`, which need not exist, and the only
/// file.
load_result load_text(std::string_view text, const std::filesystem::path& name);

} // namespace fedhub::conf
