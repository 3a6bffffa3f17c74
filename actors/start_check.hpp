// What `--check` looks at beyond the text of the configuration.
#pragma once

#include "actors/configuration_source.hpp"
#include "actors/file_modes.hpp"
#include "conf/schema.hpp"

namespace fedhub {

/// Judges what a start would: modes, the state folder, secrets, certificates and keys. Leaves no
/// trace on the disk. Blocks on file I/O.
file_findings check_start(const conf::config& config, const configuration_source& source);

} // namespace fedhub
