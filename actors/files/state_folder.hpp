// The files that the hub makes for itself in its state folder.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "actors/runtime/secret_octets.hpp"
#include "metrics/sockets/socket.hpp"

namespace fedhub {

/// What a function may do about state that is missing.
enum class state_use : uint8_t {
  make, ///< make it, and renew what is due.
  look, ///< leave the disk as it is: for `--check`.
};

/// The state folder, held open. Several processes may use one folder at a time: a file appears
/// whole and once, and a file that is replaced changes at once. Files are made by O_EXCL and
/// O_NOFOLLOW with mode 0600, and are on the disk when a call returns.
///
/// A file counts only if it is a regular file, no symbolic link, that belongs to the hub's user or
/// to root and that nobody else can write. Anything else might be another user's secret.
///
/// All calls block on file I/O. Errors are texts that name the path.
class state_folder {
public:
  /// Opens the folder; with `state_use::make` makes it, 0700, with its parents. Symbolic links on
  /// the way are followed. A folder that anybody can write (without the sticky bit) is an error.
  /// @returns nothing if there is none and it is not to be made, but could be.
  static tl::expected<std::optional<state_folder>, std::string>
  open(const std::filesystem::path& path, state_use use);

  /// The path of a file in it, for messages.
  std::filesystem::path path_of(std::string_view name) const { return path_ / name; }

  /// @returns the whole content; nothing if there is no such file. More than `max_octets` is an
  ///          error.
  tl::expected<std::optional<secret_octets>, std::string> read(std::string_view name,
                                                               size_t max_octets) const;

  /// Whether files could be made.
  tl::expected<void, std::string> check_writable() const;

  /// Makes a file, unless there is one of this name.
  /// @returns whether it was made; if not, another process was faster.
  tl::expected<bool, std::string> create(std::string_view name, std::string_view content) const;

  /// Puts a file in the place of the one of this name.
  tl::expected<void, std::string> replace(std::string_view name, std::string_view content) const;

  /// Locks an existing file against other processes that do the same, until the descriptor is
  /// closed. Waits for at most 2 s. Where the file system knows no locks there is none.
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
