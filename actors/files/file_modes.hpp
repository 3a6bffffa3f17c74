// Who else can read or write the files that the hub is configured by.
#pragma once

#include <string>
#include <vector>

#include "actors/files/configuration_source.hpp"
#include "conf/schema/schema.hpp"

namespace fedhub {

/// What is amiss, each text with the path first.
struct file_findings {
  std::vector<std::string> errors;   ///< the configuration must not be used.
  std::vector<std::string> warnings; ///< it may.
};

/// Looks at the modes of all files that a configuration was read from or names, and of the state
/// folder with its secrets.
///
/// Anybody can write it: an error. Who writes the configuration, a CA's certificate or a key
/// commands the hub, and changes are applied by themselves. This holds for no sticky folder.
///
/// Others can read a secret or private key: a warning. Its group can read it: likewise, unless that
/// is how the hub itself gets at it (a file of another user, root mostly, for a group of the
/// hub's).
file_findings judge_modes(const conf::config& config, const configuration_source& source);

} // namespace fedhub
