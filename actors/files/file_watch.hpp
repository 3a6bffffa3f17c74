// Whether files have changed: for reloading what was read from them.
//
// By looking at them every few seconds, not by inotify. There are few files, so that a look costs
// some microseconds each. It sees what matters, the file that opening the path would give: through
// symbolic links that are swapped (as certbot and Kubernetes do), folders that are replaced by
// renaming, and on network file systems, whose changes made elsewhere inotify never hears of.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

namespace fedhub {

/// What stat() says of a file's identity and content; two that are equal mean "not changed".
/// Default-constructed: no such file.
struct file_fingerprint {
  dev_t device = 0;
  ino_t number = 0;
  off_t size = 0;
  int64_t modified_ns = 0; ///< of the content.
  int64_t changed_ns = 0;  ///< of content or inode; unlike the other, no tool can set it back.

  friend bool operator==(const file_fingerprint&, const file_fingerprint&) = default;
};

/// Follows symbolic links.
file_fingerprint fingerprint_of(const std::filesystem::path& file);

std::vector<file_fingerprint> fingerprints_of(std::span<const std::filesystem::path> files);

/// Tells changes once they are complete: a certificate and its key are replaced one after the
/// other, and a file can be seen half written.
class file_watch {
public:
  /// Looks after which changes are told though the files never rest.
  static constexpr unsigned max_restless = 5;

  /// @param files none, one or several times each; they need not be there.
  /// @param read_since when reading them began: what has changed since then is told, as it may have
  ///        been read before.
  file_watch(std::vector<std::filesystem::path> files,
             std::chrono::system_clock::time_point read_since);

  /// Looks at the files.
  /// @returns those that have changed, appeared or gone since they were read or told before; none
  ///          while any of them differs from what the last look found.
  std::vector<std::filesystem::path> look() { return compare(fingerprints_of(files_)); }

  /// As `look`, given what it found: one for each of `files()`.
  std::vector<std::filesystem::path> compare(std::vector<file_fingerprint> found);

  /// In order, each once.
  const std::vector<std::filesystem::path>& files() const { return files_; }

private:
  std::vector<std::filesystem::path> files_;
  std::vector<file_fingerprint> told_; ///< what was read, or told last.
  std::vector<file_fingerprint> last_; ///< what the last look found.
  unsigned restless_ = 0; ///< looks in a row that found other files than the one before.
};

} // namespace fedhub
