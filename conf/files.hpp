// Files that a configuration names.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace fedhub::conf {

/// Why a file can't be used, as a phrase: "no such file".
struct file_fault {
  std::string why;
};

/// `text` as a path, taken from `folder` unless it is absolute. Nothing if it is empty or holds a
/// NUL.
std::optional<std::filesystem::path> resolve_path(const std::filesystem::path& folder,
                                                  std::string_view text);

/// Tries to open a regular file for reading. A device or pipe is a fault: opening it could block a
/// reload.
std::optional<file_fault> check_readable(const std::filesystem::path& path);

/// The content of anything readable but a folder; more than `max_octets` is a fault.
std::variant<std::string, file_fault> read_file(const std::filesystem::path& path,
                                                size_t max_octets);

} // namespace fedhub::conf
