// Loads a configuration, from a file or from a text.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "conf/file/problem.hpp"
#include "conf/schema/schema.hpp"

namespace fedhub::conf {

/// Either a configuration or all problems that prevent one: `value` is null if and only if there
/// are problems.
struct load_result {
  std::shared_ptr<const config> value;
  std::vector<problem> problems; ///< sorted by line.
  /// The files that were read or tried: first the configuration, then the files that it names,
  /// including secrets and the default `tls.ca_file`. A change of any of them may change the
  /// result.
  std::vector<std::filesystem::path> files;
  /// The elements of `files` that hold secrets or private keys, without duplicates. The
  /// configuration itself is among them if it contains a secret.
  std::vector<std::filesystem::path> secret_files;

  explicit operator bool() const { return value != nullptr; }
};

/// Loads a file of at most 16 MiB. Reports all problems at once. Only a syntax error hides problems
/// in the rest of the file.
///
/// Relative paths in the file, `hub.state_dir` and its default included, are resolved against the
/// file's own folder. Files with secrets are read. Certificates and keys are only opened. Blocks on
/// file I/O.
load_result load_file(const std::filesystem::path& path);

/// Loads a text as if it were the content of the file `name`, which need not exist.
load_result load_text(std::string_view text, const std::filesystem::path& name);

} // namespace fedhub::conf
