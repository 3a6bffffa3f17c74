// A fault of a configuration file, for the operator who has to repair it.
#pragma once

#include <cstdint>
#include <string>

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

} // namespace fedhub::conf
