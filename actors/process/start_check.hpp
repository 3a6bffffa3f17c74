// What `--check` looks at beyond the text of the configuration.
#pragma once

#include "actors/files/configuration_source.hpp"
#include "actors/files/file_modes.hpp"
#include "conf/schema/schema.hpp"

namespace fedhub {

/// Judges what start, reload and `--check` have to do with beyond what the configuration's text and
/// files say: modes, the state folder, descriptors, the DNS servers of the machine. Leaves no trace
/// on the disk. Blocks on file I/O.
file_findings judge_surroundings(const conf::config& config, const configuration_source& source);

/// Judges all that a start would: the surroundings, modules of the log, secrets, certificates and
/// keys. Leaves no trace on the disk. Blocks on file I/O.
file_findings check_start(const conf::config& config, const configuration_source& source);

} // namespace fedhub
