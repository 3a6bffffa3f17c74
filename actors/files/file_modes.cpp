#include "actors/files/file_modes.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <system_error>

#include "actors/files/state_folder.hpp"
#include "conf/file/layer_files.hpp"

namespace fedhub {

namespace {

std::optional<struct stat> status_of(const std::filesystem::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0)
    return {}; // the reader of a missing file reports it
  return status;
}

std::optional<struct stat> status_of_name(const std::filesystem::path& file) {
  struct stat status {};
  if (::lstat(file.c_str(), &status) != 0)
    return {};
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

bool is_strangers(const struct stat& x) { return x.st_uid != ::geteuid() && x.st_uid != 0; }

void judge_owner(const std::filesystem::path& path, const struct stat& file,
                 file_findings& result) {
  if (is_strangers(file))
    result.errors.push_back(path.string() + ": belongs to another user, uid "
                            + std::to_string(file.st_uid)
                            + ", who can so control the hub: chown it to root");
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

/// Checks a file of the hub itself, with a part of the configuration. It may be missing.
void judge_own_layer(const std::filesystem::path& path, file_findings& result) {
  const auto file = status_of_name(path);
  if (!file)
    return;
  if (const auto why = why_no_state_file(*file); !why.empty())
    result.errors.push_back(path.string() + ": " + why);
}

/// Checks all folders above a file. Who can write one of them can replace what is below.
void judge_folders_above(const std::filesystem::path& link, const std::filesystem::path& target,
                         file_findings& result) {
  for (auto folder = target.parent_path();; folder = folder.parent_path()) {
    const auto status = status_of(folder);
    if (status && (status->st_mode & S_IWOTH) != 0 && (status->st_mode & S_ISVTX) == 0)
      return result.errors.push_back(link.string() + ": a symbolic link into " + folder.string()
                                     + ", which any user can write (mode " + octal(status->st_mode)
                                     + "), and so control the hub: chmod o-w");
    if (!folder.has_relative_path())
      return;
  }
}

/// Follows a symbolic link step by step: whoever can write the folder of any step controls the end.
void judge_link(const std::filesystem::path& link, file_findings& result) {
  constexpr int most_steps = 40; // Linux follows no more, see path_resolution(7)
  std::error_code error;
  auto at = std::filesystem::absolute(link, error);
  for (int step = 0; step < most_steps && !error; ++step) {
    const auto target = std::filesystem::read_symlink(at, error);
    if (error)
      return; // the end of the chain
    // Resolved, since a folder on the way may be a link itself.
    const auto next = at.parent_path() / target;
    at = std::filesystem::canonical(next.parent_path(), error) / next.filename();
    const auto before = result.errors.size();
    if (!error)
      judge_folders_above(link, at, result);
    if (result.errors.size() != before)
      return; // one error for each link
  }
}

/// Checks a file of the folder beside the first file. The folder may be one with the sticky bit, in
/// which any user can create files.
void judge_extra_file(const std::filesystem::path& path, file_findings& result) {
  const auto name = status_of_name(path);
  const auto file = status_of(path);
  if (!name || !file)
    return;
  if (S_ISLNK(name->st_mode))
    judge_link(path, result);
  judge_owner(path, is_strangers(*name) ? *name : *file, result);
}

/// Checks what the sum of the files needs beyond the check of each file.
void judge_layers(const std::filesystem::path& state, const configuration_source& source,
                  const std::vector<std::filesystem::path>& named, file_findings& result) {
  const auto extra = conf::extra_folder_of(source.file);
  for (const auto& path : named)
    if (path.parent_path() == extra && path.extension() == ".toml")
      judge_extra_file(path, result);
  const auto console = conf::console_file_in(state);
  const auto folder = console.parent_path();
  for (const auto& path : {folder, folder / "history"})
    if (const auto status = status_of(path)) {
      judge_writers(path, *status, result);
      judge_owner(path, *status, result);
    }
  judge_own_layer(conf::estate_file_in(state), result);
  judge_own_layer(console, result);
}

} // namespace

file_findings judge_modes(const conf::config& config, const configuration_source& source) {
  file_findings result;
  auto named = source.files;
  std::ranges::sort(named);
  const auto repeated = std::ranges::unique(named);
  named.erase(repeated.begin(), repeated.end());
  const auto& state = config.hub.state_dir;
  std::erase(named, conf::estate_file_in(state)); // `judge_layers` has a stricter rule for these
  std::erase(named, conf::console_file_in(state));
  named.push_back(state);
  for (const auto& path : named)
    if (const auto x = status_of(path))
      judge_writers(path, *x, result);
  judge_layers(state, source, named, result);

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
