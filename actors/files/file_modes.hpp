// Checks who else can read or write the hub's configuration files.
#pragma once

#include <string>
#include <vector>

#include "actors/files/configuration_source.hpp"
#include "conf/schema/schema.hpp"

namespace fedhub {

/// The faults that were found. Each text begins with the path.
struct file_findings {
  std::vector<std::string> errors;   ///< the configuration must not be used.
  std::vector<std::string> warnings; ///< the configuration may be used.
};

/// Checks the modes of all files that a configuration was read from or names, and of the state
/// folder and the secrets in it.
///
/// | the file | result |
/// | --- | --- |
/// | can be written by anybody | error |
/// | is a secret that others can read | warning |
/// | is a secret that its group can read | warning, unless the hub itself reads it by its group |
///
/// Anybody who writes the configuration, a CA's certificate or a key controls the hub, since
/// changes are applied automatically. A folder with the sticky bit may be writable. The hub reads a
/// file by its group if the file belongs to another user, mostly root, and to a group of the hub's
/// process.
file_findings judge_modes(const conf::config& config, const configuration_source& source);

} // namespace fedhub
