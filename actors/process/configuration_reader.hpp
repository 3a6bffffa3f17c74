// Reads all files that a configuration is made of.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/files/file_watch.hpp"
#include "actors/hub/settings.hpp"
#include "actors/interfaces/configuration.hpp"
#include "conf/file/loader.hpp"

namespace fedhub {

/// A configuration as read, with the contents of the files that it names.
struct configuration_read {
  std::filesystem::path file;
  conf::load_result loaded;
  std::shared_ptr<const tls_store> tls;
  std::shared_ptr<const dialback_keys> keys;
  std::vector<std::string> warnings; ///< of `judge_surroundings`, one a line.
  std::vector<std::string> problems; ///< in the configuration itself, one a line.
  std::string fault;                 ///< why it can't be applied; empty: it can.
  bool renewal = false;              ///< of the self-signed certificate; `file` is empty.
  std::shared_ptr<file_watch> watch; ///< for the files that were read or tried.
  /// Of an operator's order; null: it was read for another reason.
  std::shared_ptr<configuration_outcome> ordered;
};

/// Reads `file` and the files that it names, for a hub that runs with `old`. Blocks while the
/// files' servers hang, so actors must not call it.
/// @param console text that stands for the file with the API's changes.
configuration_read read_configuration(const std::filesystem::path& file, const settings& old,
                                      const std::optional<std::string_view>& console = {});

/// Creates a new self-signed certificate if it is due, and reads the TLS files that the running
/// configuration names. Blocks in the same way.
configuration_read renew_certificate(const settings& running);

} // namespace fedhub
