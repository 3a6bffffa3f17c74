// The file with the changes made through the API, and its last versions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

namespace fedhub {

/// One version of the console's file.
struct console_version {
  uint64_t number = 0; ///< from 1, without gaps.
  std::string time{};  ///< RFC 3339, in UTC.
  std::string who{};
  uint64_t restored = 0; ///< an undo has made it of this version; 0: it was no undo.
  bool undo = false;     ///< it was an undo. With `restored` = 0 it emptied the file.
  std::string text{};    ///< with secrets.
};

/// Writes `state_dir/layers/console.toml`, and keeps its last versions in `layers/history`: one
/// file each, mode 0600. One user at a time. All calls block on file I/O; errors are texts that
/// name the path.
class console_versions {
public:
  static constexpr size_t most = 20;

  /// @param state_dir need not exist; it is created by the first `write`.
  explicit console_versions(std::filesystem::path state_dir) : state_dir_(std::move(state_dir)) {}

  /// Returns the versions, oldest first; none before the first change.
  tl::expected<std::vector<console_version>, std::string> list() const;

  /// Writes a new version, first into the history. A content of the console's file that is of no
  /// version, since somebody has edited the file, becomes a version of its own before.
  /// @param version its `number` is of no account.
  tl::expected<void, std::string> write(console_version version) const;

  /// Returns the version that an undo has to write, without `time` and `who`: the one before the
  /// last change that was not undone yet.
  /// @returns nothing if there is no such change, or its version is not kept any more.
  static std::optional<console_version> undo_of(const std::vector<console_version>& versions);

private:
  tl::expected<void, std::string> keep(console_version version, uint64_t number) const;

  std::filesystem::path state_dir_;
};

} // namespace fedhub
