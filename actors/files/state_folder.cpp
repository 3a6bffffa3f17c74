#include "actors/files/state_folder.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <memory>
#include <system_error>
#include <thread>

#include <openssl/rand.h>

#include "protocol/text/hex.hpp"

namespace fedhub {

namespace {

constexpr mode_t folder_mode = 0700;
constexpr mode_t file_mode = 0600;

/// The end of the name of a file that is being written; the name begins with a dot.
constexpr std::string_view unfinished = ".new";
/// An unfinished file older than this was left by a crash.
constexpr time_t leftover_age_s = 3600;

constexpr std::chrono::seconds lock_patience{2};
constexpr std::chrono::milliseconds lock_pause{5};

std::string system_error(int error) { return std::generic_category().message(error); }

/// Makes the folder and syncs its parent to the disk. @returns an errno, or 0.
int make_folder(const std::filesystem::path& path) {
  std::error_code error;
  const auto parent = path.parent_path();
  if (!parent.empty())
    std::filesystem::create_directories(parent, error);
  if (error)
    return error.value();
  if (::mkdir(path.c_str(), folder_mode) != 0)
    return errno == EEXIST ? 0 : errno; // EEXIST: another process was faster
  unique_fd above{
    ::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  return above && (::fsync(above.get()) == 0 || errno == EINVAL) ? 0 : errno;
}

/// Returns why a missing folder could not be made: an errno, or 0.
int why_no_folder(std::filesystem::path path) {
  struct stat status {};
  do {
    if (::lstat(path.c_str(), &status) == 0)
      return EEXIST; // a symbolic link without a target
    path = path.has_parent_path() && path != path.parent_path() ? path.parent_path() : ".";
  } while (::stat(path.c_str(), &status) != 0 && errno == ENOENT && path != ".");
  if (!S_ISDIR(status.st_mode))
    return ENOTDIR;
  return ::faccessat(AT_FDCWD, path.c_str(), W_OK | X_OK, AT_EACCESS) == 0 ? 0 : errno;
}

bool write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const auto written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return false;
    content.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

struct folder_closer {
  void operator()(DIR* x) const { ::closedir(x); }
};

/// Renames within a folder, without replacing an existing file. @returns an errno, or 0.
int rename_without_replacing(int folder, const std::string& from, const std::string& to) {
  if (::renameat2(folder, from.c_str(), folder, to.c_str(), RENAME_NOREPLACE) == 0)
    return 0;
  if (errno != EINVAL && errno != ENOSYS)
    return errno;
  // Some network file systems do not support this. All support hard links.
  if (::linkat(folder, from.c_str(), folder, to.c_str(), 0) != 0)
    return errno;
  ::unlinkat(folder, from.c_str(), 0);
  return 0;
}

} // namespace

std::string why_no_state_file(const struct stat& file) {
  if (!S_ISREG(file.st_mode))
    return "not a regular file";
  if (file.st_uid != ::geteuid() && file.st_uid != 0)
    return "belongs to another user, uid " + std::to_string(file.st_uid);
  if ((file.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return "other users can write it, so its content may not be the hub's; check the content, then "
           "chmod 600";
  return {};
}

tl::unexpected<std::string> state_folder::fault(std::string_view name,
                                                std::string_view what) const {
  return tl::unexpected((path_ / name).string() + ": " + std::string{what});
}

tl::expected<std::optional<state_folder>, std::string>
state_folder::open(const std::filesystem::path& path, state_use use) {
  const auto refuse = [&](std::string_view what) {
    return tl::unexpected(path.string() + ": " + std::string{what});
  };
  const auto open_it = [&] {
    return unique_fd{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  };
  auto fd = open_it();
  if (!fd && errno == ENOENT) {
    if (use == state_use::look) {
      if (const int error = why_no_folder(path); error != 0)
        return refuse("cannot create the state folder: " + system_error(error));
      return std::optional<state_folder>{};
    }
    if (const int error = make_folder(path); error != 0)
      return refuse("cannot create the state folder: " + system_error(error));
    fd = open_it();
  }
  if (!fd)
    return refuse("cannot open the state folder: " + system_error(errno));
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0)
    return refuse(system_error(errno));
  if ((status.st_mode & S_IWOTH) != 0 && (status.st_mode & S_ISVTX) == 0)
    return refuse(
      "any user can write the state folder, and so remove the hub's secrets: chmod 700");
  state_folder result{path, std::move(fd)};
  if (use == state_use::make)
    result.remove_leftovers();
  return std::optional<state_folder>{std::move(result)};
}

tl::expected<std::optional<secret_octets>, std::string>
state_folder::read(std::string_view name, size_t max_octets) const {
  // O_NONBLOCK, so that opening a FIFO does not block the hub.
  unique_fd fd{
    ::openat(fd_.get(), std::string{name}.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)};
  if (!fd && errno == ENOENT)
    return std::optional<secret_octets>{};
  if (!fd)
    return fault(name, errno == ELOOP ? "a symbolic link, which the hub does not follow here"
                                      : "cannot open: " + system_error(errno));
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0)
    return fault(name, system_error(errno));
  if (const auto why = why_no_state_file(status); !why.empty())
    return fault(name, why);
  if (status.st_size > static_cast<off_t>(max_octets))
    return fault(name, "damaged: more than " + std::to_string(max_octets) + " octets");
  secret_octets content{static_cast<size_t>(status.st_size)};
  for (size_t got = 0; got < content.size();) {
    const auto n = ::read(fd.get(), content.data() + got, content.size() - got);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return fault(name, n == 0 ? "damaged: fewer octets than its size"
                                : "cannot read: " + system_error(errno));
    got += static_cast<size_t>(n);
  }
  return std::optional<secret_octets>{std::move(content)};
}

tl::expected<bool, std::string> state_folder::contains(std::string_view name) const {
  struct stat status {};
  if (::fstatat(fd_.get(), std::string{name}.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT)
      return false;
    return fault(name, system_error(errno));
  }
  if (const auto why = why_no_state_file(status); !why.empty())
    return fault(name, why);
  return true;
}

tl::expected<void, std::string> state_folder::check_writable() const {
  if (::faccessat(fd_.get(), ".", W_OK | X_OK, AT_EACCESS) != 0)
    return tl::unexpected(path_.string() + ": cannot write: " + system_error(errno));
  return {};
}

tl::expected<bool, std::string> state_folder::write(std::string_view name, std::string_view content,
                                                    when_there what) const {
  std::array<unsigned char, 8> random{};
  if (RAND_bytes(random.data(), random.size()) != 1)
    return fault(name, "no random octets are available");
  const std::string target{name};
  const auto temporary = "." + target + "." + to_hex(random) + std::string{unfinished};
  unique_fd fd{::openat(fd_.get(), temporary.c_str(),
                        O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, file_mode)};
  if (!fd)
    return fault(name, "cannot write: " + system_error(errno));
  int error = 0;
  if (!write_all(fd.get(), content) || ::fsync(fd.get()) != 0)
    error = errno; // NOLINT(bugprone-branch-clone): the calls are in their order
  else if (what == when_there::keep)
    error = rename_without_replacing(fd_.get(), temporary, target);
  else if (::renameat(fd_.get(), temporary.c_str(), fd_.get(), target.c_str()) != 0)
    error = errno;
  if (error != 0)
    ::unlinkat(fd_.get(), temporary.c_str(), 0);
  if (error == EEXIST && what == when_there::keep)
    return false;
  // EINVAL: the file system cannot sync folders.
  if (error == 0 && ::fsync(fd_.get()) != 0 && errno != EINVAL)
    error = errno;
  if (error != 0)
    return fault(name, "cannot write: " + system_error(error));
  return true;
}

tl::expected<bool, std::string> state_folder::create(std::string_view name,
                                                     std::string_view content) const {
  return write(name, content, when_there::keep);
}

tl::expected<void, std::string> state_folder::replace(std::string_view name,
                                                      std::string_view content) const {
  return write(name, content, when_there::replace).map([](bool) {});
}

tl::expected<unique_fd, std::string> state_folder::lock(std::string_view name) const {
  // Opened for writing, since network file systems require it for a lock.
  unique_fd fd{
    ::openat(fd_.get(), std::string{name}.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)};
  if (!fd)
    return fault(name, "cannot open for writing: " + system_error(errno));
  const auto end = std::chrono::steady_clock::now() + lock_patience;
  while (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == ENOLCK || errno == EOPNOTSUPP || errno == ENOSYS)
      break;
    if (errno != EWOULDBLOCK && errno != EINTR)
      return fault(name, "cannot lock: " + system_error(errno));
    if (std::chrono::steady_clock::now() >= end)
      return fault(name, "another process keeps it locked");
    std::this_thread::sleep_for(lock_pause);
  }
  return fd;
}

void state_folder::remove_leftovers() const {
  const int copy = ::openat(fd_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (copy < 0)
    return;
  const std::unique_ptr<DIR, folder_closer> all{::fdopendir(copy)};
  if (!all)
    return void(::close(copy));
  const auto limit = std::time(nullptr) - leftover_age_s;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread reads this stream of the folder
  while (const auto* entry = ::readdir(all.get())) {
    const std::string_view name{entry->d_name};
    struct stat status {};
    if (name.starts_with('.') && name.ends_with(unfinished)
        && ::fstatat(fd_.get(), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0
        && S_ISREG(status.st_mode) && status.st_mtime < limit)
      ::unlinkat(fd_.get(), entry->d_name, 0);
  }
}

} // namespace fedhub
