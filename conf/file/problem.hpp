// A fault of a configuration file, for the operator who has to repair it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace fedhub::conf {

/// One fault. `found` and `allowed` are phrases on one line. Neither shows the value of a secret,
/// but a syntax error may quote a word of its line.
struct problem {
  std::string file;
  uint32_t line = 0; ///< from 1; 0: the file as a whole.
  /// Dotted path, arrays indexed from 0: "node[1].secret". Empty if the file cannot be read or is
  /// not TOML.
  std::string key;
  std::string found;
  std::string allowed;

  friend bool operator==(const problem&, const problem&) = default;
};

/// Returns "FILE:LINE: KEY: found …; allowed …", without absent parts.
std::string to_string(const problem& problem);

/// The most problems of a configuration that are kept and reported; further ones are counted.
inline constexpr size_t most_problems = 100;

/// Removes all problems but the first `most_problems`. @returns how many were removed.
size_t keep_first(std::vector<problem>& problems);

/// Returns a phrase for the log and the API: "1 problem in fedhub.toml", "3 problems in the files
/// of the configuration", "200,000 problems in the files of the configuration: the first 100, and
/// 199,900 more". It names a file only if all problems are in that file.
/// @param more problems that were not kept, see `most_problems`.
std::string summary_of(const std::vector<problem>& problems, size_t more);

/// Returns "and 199,900 more problems", the line after the problems that were kept; empty if there
/// are no more.
std::string more_text(size_t more);

} // namespace fedhub::conf
