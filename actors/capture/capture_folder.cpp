#include "actors/capture/capture_folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <system_error>

#include "actors/files/state_folder.hpp"
#include "protocol/capture/pcapng.hpp"

namespace fedhub {

namespace {

constexpr std::string_view name_begin = "capture-";
constexpr std::string_view name_end = ".pcapng";
/// The first block of a file, with the note, is smaller.
constexpr size_t first_octets = 4096;

/// Returns the id in a file's name; nothing for the name of another file.
std::optional<uint64_t> id_in(std::string_view name) {
  if (!name.starts_with(name_begin) || !name.ends_with(name_end)
      || name.size() <= name_begin.size() + name_end.size())
    return {};
  const auto digits =
    name.substr(name_begin.size(), name.size() - name_begin.size() - name_end.size());
  uint64_t id = 0;
  const auto [rest, error] = std::from_chars(digits.data(), digits.data() + digits.size(), id);
  if (error != std::errc{} || rest != digits.data() + digits.size() || digits.front() == '0')
    return {};
  return id;
}

std::chrono::system_clock::time_point written_at(const struct stat& status) {
  return std::chrono::system_clock::time_point{std::chrono::seconds{status.st_mtim.tv_sec}};
}

unique_fd open_own(const std::filesystem::path& path, struct stat& status) {
  // O_NONBLOCK, so that opening a FIFO does not block.
  unique_fd fd{::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)};
  if (!fd || ::fstat(fd.get(), &status) != 0 || !why_no_state_file(status).empty())
    return {};
  return fd;
}

std::string octets_at(int fd, uint64_t place, size_t octets) {
  std::string result(octets, '\0');
  const auto got = ::pread(fd, result.data(), octets, static_cast<off_t>(place));
  result.resize(got < 0 ? 0 : static_cast<size_t>(got));
  return result;
}

/// Counts the packets of whole blocks.
void count_blocks(int fd, uint64_t size, admin::capture_row& row) {
  while (row.bytes < size) {
    const auto head = pcapng_block::parse(octets_at(fd, row.bytes, pcapng_block::head_octets));
    if (!head || row.bytes + head->octets > size) {
      row.detail = "its end is damaged, since the hub did not end in order";
      return;
    }
    row.packets += head->type == pcapng_block::packet ? 1 : 0;
    if (head->type == pcapng_block::statistics && head->octets <= first_octets)
      row.dropped = dropped_in(octets_at(fd, row.bytes, head->octets)).value_or(0);
    row.bytes += head->octets;
  }
}

/// Reads a file of this program. @returns nothing for another file.
std::optional<admin::capture_row> read_row(const std::filesystem::path& path, uint64_t id) {
  struct stat status {};
  const auto fd = open_own(path, status);
  if (!fd)
    return {};
  const auto note = comment_of_file(octets_at(fd.get(), 0, first_octets), capture_program);
  auto row = note ? admin::read_capture_note(*note) : std::nullopt;
  if (!row || row->id != id)
    return {};
  count_blocks(fd.get(), static_cast<uint64_t>(status.st_size), *row);
  row->seconds =
    std::max(0.0, std::chrono::duration<double>(written_at(status) - row->started).count());
  return row;
}

} // namespace

std::filesystem::path capture_folder::file_of(uint64_t id) const {
  return path_ / (std::string{name_begin} + std::to_string(id) + std::string{name_end});
}

std::string capture_folder::make() const {
  const auto folder = state_folder::open(path_, state_use::make);
  if (!folder)
    return folder.error();
  const auto writable = (*folder)->check_writable();
  return writable ? std::string{} : writable.error();
}

std::vector<admin::capture_row> capture_folder::list() const {
  std::vector<admin::capture_row> rows;
  std::error_code error;
  std::filesystem::directory_iterator file{path_, error};
  for (; !error && file != std::filesystem::directory_iterator{} && rows.size() < most_files;
       file.increment(error))
    if (const auto id = id_in(file->path().filename().native()))
      if (auto row = read_row(file->path(), *id))
        rows.push_back(std::move(*row));
  std::ranges::sort(rows, {}, &admin::capture_row::id);
  return rows;
}

unique_fd capture_folder::open(const admin::capture_row& row) const {
  struct stat status {};
  auto fd = open_own(file_of(row.id), status);
  if (!fd || static_cast<uint64_t>(status.st_size) < row.bytes)
    return {};
  const auto note = comment_of_file(octets_at(fd.get(), 0, first_octets), capture_program);
  return note == admin::note_of(row) ? std::move(fd) : unique_fd{};
}

void capture_folder::remove(const admin::capture_row& row) const {
  if (open(row))
    ::unlink(file_of(row.id).c_str());
}

bool capture_folder::is_older(const admin::capture_row& row,
                              std::chrono::system_clock::time_point than) const {
  struct stat status {};
  return ::lstat(file_of(row.id).c_str(), &status) == 0 && written_at(status) < than;
}

} // namespace fedhub
