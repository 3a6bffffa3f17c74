// The state folder, where the hub keeps files of its own.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "actors/runtime/secret_octets.hpp"
#include "metrics/sockets/socket.hpp"

namespace fedhub {

/// What a function may do if state is missing.
enum class state_use : uint8_t {
  make, ///< create it, and renew what is due.
  look, ///< change nothing on the disk, for `--check`.
};

/// Returns why the hub must not read a file of its own that has this status: it is not a regular
/// file, belongs to a user other than the hub's and root, or can be written by other users.
/// @param file from `lstat` or `fstat`, so that a symbolic link is no regular file.
/// @returns a phrase without the path; empty if the hub may read the file. Any thread may call it.
std::string why_no_state_file(const struct stat& file);

/// The state folder, held open.
///
/// Several processes may use one folder at a time: a file appears complete and only once, and is
/// replaced atomically. Files are created with O_EXCL, O_NOFOLLOW and mode 0600. They are on the
/// disk when a call returns.
///
/// A file is read only if it is a regular file, not a symbolic link, belongs to the hub's user or
/// to root, and can be written by nobody else. Any other file might hold another user's secret.
///
/// All calls block on file I/O. Errors are texts that name the path.
class state_folder {
public:
  /// Opens the folder. With `state_use::make`, creates it with mode 0700, and its parents. Follows
  /// symbolic links on the way. A folder that anybody can write, without the sticky bit, is an
  /// error.
  /// @returns nothing if the folder is missing and was not to be created, but could be.
  static tl::expected<std::optional<state_folder>, std::string>
  open(const std::filesystem::path& path, state_use use);

  /// Returns the path of a file in the folder, for messages.
  std::filesystem::path path_of(std::string_view name) const { return path_ / name; }

  /// Returns the whole content, or nothing if there is no such file. More than `max_octets` is an
  /// error.
  tl::expected<std::optional<secret_octets>, std::string> read(std::string_view name,
                                                               size_t max_octets) const;

  /// Returns whether there is a file of this name. One that must not be read is an error.
  tl::expected<bool, std::string> contains(std::string_view name) const;

  /// Reports an error if files cannot be created.
  tl::expected<void, std::string> check_writable() const;

  /// Creates a file, unless there is one of this name.
  /// @returns whether it was created; if not, another process was faster.
  tl::expected<bool, std::string> create(std::string_view name, std::string_view content) const;

  /// Creates a file, or replaces the file of this name.
  tl::expected<void, std::string> replace(std::string_view name, std::string_view content) const;

  /// Locks an existing file until the descriptor is closed. The lock excludes other processes that
  /// call this. Waits at most 2 s. If the file system does not support locks, there is no lock.
  tl::expected<unique_fd, std::string> lock(std::string_view name) const;

private:
  state_folder(std::filesystem::path path, unique_fd fd)
    : path_(std::move(path)), fd_(std::move(fd)) {}

  enum class when_there : uint8_t { keep, replace };
  tl::expected<bool, std::string> write(std::string_view name, std::string_view content,
                                        when_there what) const;
  tl::unexpected<std::string> fault(std::string_view name, std::string_view what) const;
  void remove_leftovers() const;

  std::filesystem::path path_;
  unique_fd fd_;
};

} // namespace fedhub
