// Reads all files that a configuration is made of.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/files/file_watch.hpp"
#include "actors/hub/settings.hpp"
#include "conf/file/loader.hpp"

namespace fedhub {

/// A configuration as it was read, with what its files hold.
struct configuration_read {
  std::filesystem::path file;
  conf::load_result loaded;
  std::shared_ptr<const tls_store> tls;
  std::shared_ptr<const dialback_keys> keys;
  std::vector<std::string> warnings; ///< of the files' modes, one a line.
  std::vector<std::string> problems; ///< of the configuration itself, one a line.
  std::string fault;                 ///< why it can't be applied; empty: it can.
  bool renewal = false;              ///< of the self-signed certificate: `file` is none.
  std::shared_ptr<file_watch> watch; ///< over the files that were read or tried.
};

/// Reads `file`, and what it names, to be applied by a hub that runs with `old`. Blocks for as long
/// as the files' servers hang: not for actors.
configuration_read read_configuration(const std::filesystem::path& file, const settings& old);

/// Makes the self-signed certificate anew if it is due, and reads the TLS files that the running
/// configuration names. Blocks likewise.
configuration_read renew_certificate(const settings& running);

} // namespace fedhub
