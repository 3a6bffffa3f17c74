// The files that make up a configuration.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conf/file/problem.hpp"
#include "conf/file/toml_document.hpp"

namespace fedhub::conf {

/// Which part of a configuration a file is. A later one wins.
enum class layer_kind : uint8_t {
  first,   ///< the file that the command line names.
  extra,   ///< a file of the folder beside it, `fedhub.d` for `fedhub.toml`.
  estate,  ///< received from another hub.
  console, ///< made by changes through the API.
};

/// One file, parsed.
struct layer {
  layer_kind kind = layer_kind::first;
  std::filesystem::path file;
  toml_table document;
};

/// The files of a configuration, in the order in which later ones win, or the problems with them.
struct layer_files {
  std::vector<layer> layers;
  std::vector<problem> problems; ///< of files that can't be read or parsed.
  /// All that was read or looked for, the folder beside the first file included. The first file is
  /// first.
  std::vector<std::filesystem::path> looked_at;
  std::filesystem::path state_dir; ///< as the first two kinds have it; empty after a problem.
};

/// The most files of the folder beside the first file.
inline constexpr size_t max_extra_files = 256;

/// Returns the folder with further files: "fedhub.d" beside "fedhub.toml".
std::filesystem::path extra_folder_of(const std::filesystem::path& first);

/// Returns the path of the file with the changes made through the API.
std::filesystem::path console_file_in(const std::filesystem::path& state_dir);

/// Returns the path of the file that other hubs' replication writes.
std::filesystem::path estate_file_in(const std::filesystem::path& state_dir);

/// Reads all files of a configuration: the first one, the files "*.toml" of the folder beside it in
/// the order of their octets (without those whose name begins with a dot), then those of the hub
/// itself below `hub.state_dir`, which may be missing. Blocks on file I/O.
/// @param console text that stands for the console's file, which is not read then.
layer_files read_layers(const std::filesystem::path& first,
                        const std::optional<std::string_view>& console = {});

} // namespace fedhub::conf
