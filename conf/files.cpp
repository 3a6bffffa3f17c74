#include "conf/files.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <system_error>

namespace fedhub::conf {

namespace {

file_fault last_fault() { return {std::generic_category().message(errno)}; }

std::optional<file_fault> missing_or_folder(const std::filesystem::path& path) {
  std::error_code error;
  const auto type = std::filesystem::status(path, error).type();
  if (type == std::filesystem::file_type::not_found)
    return file_fault{"no such file"};
  if (type == std::filesystem::file_type::directory)
    return file_fault{"a folder"};
  if (error)
    return file_fault{error.message()};
  return {};
}

} // namespace

std::vector<std::filesystem::path> named_files::secret_files() const {
  std::vector<std::filesystem::path> result;
  for (const auto& x : secret_)
    if (std::ranges::find(result, x) == result.end())
      result.push_back(x);
  return result;
}

std::optional<std::filesystem::path> resolve_path(const std::filesystem::path& folder,
                                                  std::string_view text) {
  if (text.empty() || text.find('\0') != text.npos)
    return {};
  return (folder / text).lexically_normal();
}

std::optional<file_fault> check_readable(const std::filesystem::path& path) {
  if (auto fault = missing_or_folder(path))
    return fault;
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error))
    return file_fault{"no regular file"};
  errno = 0;
  if (!std::ifstream{path})
    return last_fault();
  return {};
}

std::variant<std::string, file_fault> read_file(const std::filesystem::path& path,
                                                size_t max_octets) {
  if (auto fault = missing_or_folder(path))
    return *fault;
  errno = 0;
  std::ifstream file{path, std::ios::binary};
  if (!file)
    return last_fault();
  // By pieces, as the size that a pipe or a file of /proc says is none. One octet more than allowed
  // is read, so that a longer file shows.
  constexpr size_t piece = 65536;
  std::string result;
  while (file && result.size() <= max_octets) {
    const auto before = result.size();
    const auto room = std::min(piece, max_octets + 1 - before);
    result.resize(before + room);
    file.read(result.data() + before, static_cast<std::streamsize>(room));
    result.resize(before + static_cast<size_t>(file.gcount()));
  }
  if (file.bad())
    return last_fault();
  if (result.size() > max_octets)
    return file_fault{"more than " + std::to_string(max_octets) + " octets"};
  return result;
}

} // namespace fedhub::conf
