// The folder with the files of captures.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "metrics/sockets/unique_fd.hpp"
#include "protocol/admin/capture_row.hpp"

namespace fedhub {

/// The name of the program in its files. Other files in the folder are left alone.
inline constexpr std::string_view capture_program = "fedhub";

/// All calls block on file I/O.
class capture_folder {
public:
  /// The most files that are looked at.
  static constexpr size_t most_files = 1024;

  capture_folder() = default;
  explicit capture_folder(std::filesystem::path path) : path_{std::move(path)} {}

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path file_of(uint64_t id) const;

  /// Creates the folder with mode 0700 if it is missing. @returns why it can't be used; else empty.
  std::string make() const;

  /// Returns a row for each complete or cut file that this program has written and that nobody else
  /// can write, oldest first. `bytes` are those of whole blocks.
  std::vector<admin::capture_row> list() const;

  /// Opens the file of a row for reading. @returns no descriptor if the file is gone, or another
  /// one.
  unique_fd open(const admin::capture_row& row) const;

  /// Removes the file of a row, unless it is another one.
  void remove(const admin::capture_row& row) const;

  /// Returns whether the file of a row was last written before this time.
  bool is_older(const admin::capture_row& row, std::chrono::system_clock::time_point than) const;

private:
  std::filesystem::path path_;
};

} // namespace fedhub
