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

/// Checks the modes and owners of all files that a configuration was read from or names, of the
/// state folder, and of the secrets and the layers in it. Blocks on file I/O. Any thread may call
/// it.
///
/// | the file | result |
/// | --- | --- |
/// | can be written by anybody | error |
/// | is `layers` or `layers/history` in the state folder, and a stranger's | error |
/// | is in `layers`, and must not be read by `why_no_state_file` | error |
/// | is in the folder beside the first file, and a stranger's | error |
/// | is a link there, and anybody can write a folder above its target | error |
/// | is a secret that others can read | warning |
/// | is a secret that its group can read | warning, unless the hub itself reads it by its group |
///
/// Anybody who writes the configuration, a CA's certificate or a key controls the hub, since
/// changes are applied automatically. A folder with the sticky bit may be writable: any user can
/// create files there, so their owners count. A stranger is a user other than the hub's and root.
/// The hub reads a file by its group if the file belongs to another user, mostly root, and to a
/// group of the hub's process.
file_findings judge_modes(const conf::config& config, const configuration_source& source);

} // namespace fedhub
