#include "actors/files/file_modes.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <optional>

namespace fedhub {

namespace {

std::optional<struct stat> status_of(const std::filesystem::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0)
    return {}; // the reader of a missing file reports it
  return status;
}

std::string octal(mode_t mode) {
  char text[8];
  std::snprintf(text, sizeof text, "%04o", static_cast<unsigned>(mode & 07777));
  return text;
}

bool in_groups_of_this_process(gid_t group) {
  if (group == ::getegid())
    return true;
  const int count = ::getgroups(0, nullptr);
  std::vector<gid_t> groups(static_cast<size_t>(std::max(count, 0)));
  if (count <= 0 || ::getgroups(count, groups.data()) != count)
    return false;
  return std::ranges::find(groups, group) != groups.end();
}

/// Returns whether this process may read the file only by its group.
bool read_by_group(const struct stat& x) {
  return x.st_uid != ::geteuid() && in_groups_of_this_process(x.st_gid);
}

void judge_writers(const std::filesystem::path& path, const struct stat& file,
                   file_findings& result) {
  const bool kind =
    S_ISREG(file.st_mode) || (S_ISDIR(file.st_mode) && (file.st_mode & S_ISVTX) == 0);
  if (kind && (file.st_mode & S_IWOTH) != 0)
    result.errors.push_back(path.string() + ": any user can write it (mode " + octal(file.st_mode)
                            + "), and so control the hub: chmod o-w");
}

void judge_readers(const std::filesystem::path& path, const struct stat& file,
                   file_findings& result) {
  if (!S_ISREG(file.st_mode))
    return;
  const auto warn = [&](const char* who) {
    result.warnings.push_back(path.string() + ": holds a secret, and " + who + " can read it (mode "
                              + octal(file.st_mode) + "): chmod 600");
  };
  if ((file.st_mode & S_IROTH) != 0)
    warn("other users");
  else if ((file.st_mode & S_IRGRP) != 0 && !read_by_group(file))
    warn("its group");
}

} // namespace

file_findings judge_modes(const conf::config& config, const configuration_source& source) {
  file_findings result;
  auto named = source.files;
  std::ranges::sort(named);
  const auto repeated = std::ranges::unique(named);
  named.erase(repeated.begin(), repeated.end());
  const auto& state = config.hub.state_dir;
  named.push_back(state);
  for (const auto& path : named)
    if (const auto x = status_of(path))
      judge_writers(path, *x, result);

  auto secret = source.secret_files;
  if (!config.federation.dialback_secret)
    secret.push_back(state / "dialback-secret");
  if (config.tls.certificates.empty())
    secret.push_back(state / "self-signed.key");
  for (const auto& path : secret)
    if (const auto x = status_of(path))
      judge_readers(path, *x, result);
  return result;
}

} // namespace fedhub
