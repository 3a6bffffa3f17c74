#include "conf/file/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <system_error>

namespace fedhub::conf {

namespace {

file_fault last_fault() { return {.why = std::generic_category().message(errno)}; }

/// A file that is open for reading.
class open_file {
public:
  explicit open_file(int fd) : fd_(fd) {}
  open_file(open_file&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  open_file& operator=(open_file&&) = delete;
  ~open_file() {
    if (fd_ >= 0)
      ::close(fd_);
  }
  int fd() const { return fd_; }

private:
  int fd_;
};

/// Opens a regular file. Checks the type of the open descriptor, since another file may take the
/// name after a check of the name. `O_NONBLOCK` keeps `open` from blocking, as it would on a pipe
/// without a writer.
std::variant<open_file, file_fault> open_regular(const std::filesystem::path& path) {
  open_file file{::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)};
  if (file.fd() < 0) {
    if (errno == ENOENT || errno == ENOTDIR)
      return file_fault{"no such file", true};
    if (errno == ENXIO) // a socket
      return file_fault{"not a regular file"};
    return last_fault();
  }
  struct stat status {};
  if (::fstat(file.fd(), &status) != 0)
    return last_fault();
  if (S_ISDIR(status.st_mode))
    return file_fault{"a folder"};
  if (!S_ISREG(status.st_mode))
    return file_fault{"not a regular file"};
  return file;
}

} // namespace

std::vector<std::filesystem::path> named_files::secret_files() const {
  std::vector<std::filesystem::path> result;
  std::set<std::filesystem::path> known;
  for (const auto& path : secret_)
    if (known.insert(path).second)
      result.push_back(path);
  return result;
}

std::optional<std::filesystem::path> resolve_path(const std::filesystem::path& folder,
                                                  std::string_view text) {
  if (text.empty() || text.find('\0') != text.npos)
    return {};
  return (folder / text).lexically_normal();
}

std::optional<file_fault> check_readable(const std::filesystem::path& path) {
  auto file = open_regular(path);
  if (auto* fault = std::get_if<file_fault>(&file))
    return std::move(*fault);
  return {};
}

std::variant<std::string, file_fault> read_file(const std::filesystem::path& path,
                                                size_t max_octets) {
  auto file = open_regular(path);
  if (auto* fault = std::get_if<file_fault>(&file))
    return std::move(*fault);
  // Reads in pieces, since files in /proc report no size. Reads one octet more than allowed, to
  // notice a longer file.
  constexpr size_t piece = 65536;
  std::string result;
  while (result.size() <= max_octets) {
    const auto before = result.size();
    result.resize(before + std::min(piece, max_octets + 1 - before));
    const auto got =
      ::read(std::get<open_file>(file).fd(), result.data() + before, result.size() - before);
    if (got < 0 && errno != EINTR)
      return last_fault();
    result.resize(before + static_cast<size_t>(std::max<ssize_t>(got, 0)));
    if (got == 0)
      return result;
  }
  return file_fault{"more than " + std::to_string(max_octets) + " octets"};
}

} // namespace fedhub::conf
