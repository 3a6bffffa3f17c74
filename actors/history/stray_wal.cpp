#include "actors/history/stray_wal.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <optional>

namespace fedhub {

namespace {

std::optional<struct stat> stat_of(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 ? std::optional{status} : std::nullopt;
}

std::chrono::nanoseconds time_of(const timespec& time) {
  return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

} // namespace

file_identity identity_of(const std::string& path) {
  const auto status = stat_of(path);
  return status ? file_identity{status->st_dev, status->st_ino} : file_identity{};
}

bool put_wal_aside(const std::string& database) {
  const auto log = database + "-wal";
  std::remove((database + "-shm").c_str());
  return std::rename(log.c_str(), (log + ".stray").c_str()) == 0;
}

bool has_stray_wal(const std::string& database, std::chrono::nanoseconds checkpoint) {
  const auto file = stat_of(database);
  const auto log = stat_of(database + "-wal");
  // SQLite itself ignores the log of an empty database.
  if (!file || !log || file->st_size == 0 || log->st_size == 0)
    return false;
  // A copy may have kept the time of its content, but not of its status.
  return time_of(file->st_ctim)
         > std::max(time_of(log->st_mtim), time_of(log->st_ctim)) + checkpoint;
}

} // namespace fedhub
