// Files that a configuration names.
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

/// Why a file can't be used, as a phrase: "no such file".
struct file_fault {
  std::string why;
};

/// `text` as a path, taken from `folder` unless it is absolute. Nothing if it is empty or holds a
/// NUL.
std::optional<std::filesystem::path> resolve_path(const std::filesystem::path& folder,
                                                  std::string_view text);

/// The files that one configuration names, and where its relative paths begin.
class named_files {
public:
  explicit named_files(std::filesystem::path folder) : folder_(std::move(folder)) {}

  const std::filesystem::path& folder() const { return folder_; }

  /// To be called for each file whose content matters, also if it can't be used.
  void add(std::filesystem::path path) { paths_.push_back(std::move(path)); }

  /// Marks a file as one that holds a secret or a private key; it is to be added as well.
  void mark_secret(std::filesystem::path path) { secret_.push_back(std::move(path)); }

  /// Marks the configuration itself, the first file added: a secret stands in it.
  void mark_inline_secret() { secret_.push_back(paths_.front()); }

  /// In the order added; one that is named twice is there twice.
  std::vector<std::filesystem::path> take() && { return std::move(paths_); }

  /// The files marked as secret, each once, in the order marked.
  std::vector<std::filesystem::path> secret_files() const;

private:
  std::filesystem::path folder_;
  std::vector<std::filesystem::path> paths_;
  std::vector<std::filesystem::path> secret_;
};

/// Tries to open a regular file for reading. A device or pipe is a fault: it could block a reload.
/// Blocks itself as long as the file's server hangs.
std::optional<file_fault> check_readable(const std::filesystem::path& path);

/// The content of a regular file, under the same conditions; more than `max_octets` is a fault.
std::variant<std::string, file_fault> read_file(const std::filesystem::path& path,
                                                size_t max_octets);

} // namespace fedhub::conf
