// Detects changed files, so that the configuration read from them is reloaded.
//
// Files are checked every few seconds, without inotify. There are few files, and a check costs some
// microseconds for each. A check sees the file that opening the path would give. So it notices
// swapped symbolic links (certbot, Kubernetes), folders replaced by a rename, and changes made
// elsewhere on a network file system, which inotify does not report.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

namespace fedhub {

/// The identity and the content of a file by stat(). Equal values mean that the file has not
/// changed. The default is "no such file".
struct file_fingerprint {
  dev_t device = 0;
  ino_t number = 0;
  off_t size = 0;
  int64_t modified_ns = 0; ///< of the content.
  int64_t changed_ns = 0;  ///< of content or inode; no tool can set it back.

  friend bool operator==(const file_fingerprint&, const file_fingerprint&) = default;
};

/// Returns the fingerprint of a file. Follows symbolic links.
file_fingerprint fingerprint_of(const std::filesystem::path& file);

std::vector<file_fingerprint> fingerprints_of(std::span<const std::filesystem::path> files);

/// Reports changes once they are complete: a certificate and its key are replaced one after the
/// other, and a file may be half written.
class file_watch {
public:
  /// Looks after which changes are reported even if the files still change.
  static constexpr unsigned max_restless = 5;

  /// @param files may be empty, may name a file several times, and may name missing files.
  /// @param read_since when reading them began. A file changed since then is reported, since an
  /// older version may have been read.
  file_watch(std::vector<std::filesystem::path> files,
             std::chrono::system_clock::time_point read_since);

  /// Checks the files.
  /// @returns the files that were changed, created or removed since they were read or last
  /// reported. None while a file differs from the last look, except after `max_restless` such
  /// looks.
  std::vector<std::filesystem::path> look() { return compare(fingerprints_of(files_)); }

  /// Does the same as `look` with given fingerprints, one for each of `files()`.
  std::vector<std::filesystem::path> compare(std::vector<file_fingerprint> found);

  /// Takes a file as it is now for known, since the caller has written it. Does nothing if it is
  /// none of `files()`.
  void accept(const std::filesystem::path& file);

  /// Returns the files in order, each once.
  const std::vector<std::filesystem::path>& files() const { return files_; }

private:
  std::vector<std::filesystem::path> files_;
  std::vector<file_fingerprint> reported_; ///< the files as they were read or last reported.
  std::vector<file_fingerprint> last_;     ///< the files at the last look.
  unsigned restless_ = 0;                  ///< looks in a row that differ from the one before.
};

} // namespace fedhub
