// The checks of `--check` beyond the text of the configuration.
#pragma once

#include "actors/files/configuration_source.hpp"
#include "actors/files/file_modes.hpp"
#include "conf/schema/schema.hpp"

namespace fedhub {

/// Checks what start, reload and `--check` depend on outside of the configuration: modes of files,
/// the state folder, descriptors, the DNS servers of the machine. The warnings begin with those of
/// the source. Changes nothing on the disk.
/// Blocks on file I/O.
file_findings judge_surroundings(const conf::config& config, const configuration_source& source);

/// Checks everything that a start would: the surroundings, modules of the log, secrets,
/// certificates and keys. Changes nothing on the disk. Blocks on file I/O.
file_findings check_start(const conf::config& config, const configuration_source& source);

} // namespace fedhub
