// Loads a configuration: the one way in for files and for text.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "conf/file/problem.hpp"
#include "conf/schema/schema.hpp"

namespace fedhub::conf {

/// Either a configuration or all that stands in its way: `value` is null if and only if there are
/// problems.
struct load_result {
  std::shared_ptr<const config> value;
  std::vector<problem> problems; ///< by line.
  /// What was read or tried, the configuration itself first, then what it names, secrets and the
  /// default `tls.ca_file` included: a change of any of them may change the outcome.
  std::vector<std::filesystem::path> files;
  /// Those of `files` that hold secrets or private keys, each once. The configuration itself is
  /// among them if a secret stands in it.
  std::vector<std::filesystem::path> secret_files;

  explicit operator bool() const { return value != nullptr; }
};

/// Loads a file of at most 16 MiB. All problems are reported at once, except that a syntax error
/// hides those of the rest of the file.
///
/// Relative paths in the file, `hub.state_dir` and its default too, are taken from the file's own
/// folder. Secrets in files are read, certificates and keys are only tried for reading. Blocks on
/// file I/O.
load_result load_file(const std::filesystem::path& path);

/// Loads a text as if it were the content of the file `name`, which need not exist.
load_result load_text(std::string_view text, const std::filesystem::path& name);

} // namespace fedhub::conf
