#include "actors/files/file_watch.hpp"

#include <sys/stat.h>

#include <algorithm>

namespace fedhub {

namespace {

int64_t nanoseconds(const timespec& x) { return int64_t{x.tv_sec} * 1'000'000'000 + x.tv_nsec; }

int64_t nanoseconds(std::chrono::system_clock::time_point x) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(x.time_since_epoch()).count();
}

/// The kernel stamps files with the time of its last tick, so a stamp may be this much too early.
constexpr int64_t tick_ns = 10'000'000;

} // namespace

file_fingerprint fingerprint_of(const std::filesystem::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0)
    return {};
  return {status.st_dev, status.st_ino, status.st_size, nanoseconds(status.st_mtim),
          nanoseconds(status.st_ctim)};
}

std::vector<file_fingerprint> fingerprints_of(std::span<const std::filesystem::path> files) {
  std::vector<file_fingerprint> result;
  result.reserve(files.size());
  for (const auto& file : files)
    result.push_back(fingerprint_of(file));
  return result;
}

file_watch::file_watch(std::vector<std::filesystem::path> files,
                       std::chrono::system_clock::time_point read_since)
  : files_(std::move(files)) {
  std::ranges::sort(files_);
  files_.erase(std::unique(files_.begin(), files_.end()), files_.end());
  last_ = fingerprints_of(files_);
  reported_ = last_;
  // A stamp in the future comes from a file server whose clock is ahead. It is ignored.
  const auto now = nanoseconds(std::chrono::system_clock::now());
  for (auto& path : reported_)
    if (path.changed_ns >= nanoseconds(read_since) - tick_ns && path.changed_ns <= now)
      path = file_fingerprint{.size = -1}; // equals no file, so the file counts as changed
}

std::vector<std::filesystem::path> file_watch::compare(std::vector<file_fingerprint> found) {
  restless_ = found == last_ ? 0 : restless_ + 1;
  last_ = std::move(found);
  if (restless_ > 0 && restless_ < max_restless)
    return {};
  restless_ = 0;
  std::vector<std::filesystem::path> changed;
  for (size_t i = 0; i < files_.size(); ++i)
    if (last_[i] != reported_[i])
      changed.push_back(files_[i]);
  reported_ = last_;
  return changed;
}

void file_watch::accept(const std::filesystem::path& file) {
  const auto found = std::ranges::lower_bound(files_, file);
  if (found == files_.end() || *found != file)
    return;
  const auto index = static_cast<size_t>(found - files_.begin());
  last_[index] = reported_[index] = fingerprint_of(file);
}

} // namespace fedhub
