// Resolves, checks and reads the files that a configuration names.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace fedhub::conf {

/// Why a file cannot be used, as a phrase: "no such file".
struct file_fault {
  std::string why;
  bool missing = false; ///< there is no file of this name.
};

/// Returns `text` as a path. A relative path is resolved against `folder`.
/// @returns nothing if the text is empty or contains a NUL.
std::optional<std::filesystem::path> resolve_path(const std::filesystem::path& folder,
                                                  std::string_view text);

/// The files that one configuration names, and the folders of its relative paths.
class named_files {
public:
  /// @param layers the files that make up the configuration, by `toml_value::layer`. Not empty.
  explicit named_files(std::vector<std::filesystem::path> layers) : layers_(std::move(layers)) {}

  /// Returns the folder at which relative paths start that the file of this number has.
  std::filesystem::path folder(uint32_t layer) const { return layers_.at(layer).parent_path(); }

  /// Adds a file whose content matters, even if it cannot be used.
  void add(std::filesystem::path path) { paths_.push_back(std::move(path)); }

  /// Marks a file that holds a secret or a private key. The file must be added as well.
  void mark_secret(std::filesystem::path path) { secret_.push_back(std::move(path)); }

  /// Marks the file of this number itself, since it contains a secret.
  void mark_inline_secret(uint32_t layer) { secret_.push_back(layers_.at(layer)); }

  /// Returns the files in the order added. A file that is named twice occurs twice.
  std::vector<std::filesystem::path> take() && { return std::move(paths_); }

  /// Returns the files marked as secret, without duplicates, in the order marked.
  std::vector<std::filesystem::path> secret_files() const;

private:
  std::vector<std::filesystem::path> layers_;
  std::vector<std::filesystem::path> paths_;
  std::vector<std::filesystem::path> secret_;
};

/// Tries to open a regular file for reading. A device or pipe is a fault, since it could block a
/// reload. Blocks while the file's server does not respond.
std::optional<file_fault> check_readable(const std::filesystem::path& path);

/// Returns the content of a regular file, under the same conditions. More than `max_octets` is a
/// fault.
std::variant<std::string, file_fault> read_file(const std::filesystem::path& path,
                                                size_t max_octets);

} // namespace fedhub::conf
