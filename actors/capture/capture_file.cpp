#include "actors/capture/capture_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace fedhub {

namespace {

constexpr mode_t capture_mode = 0600;
constexpr size_t write_octets = 65'536;

/// Writes all octets at a place. @returns an errno, or 0.
int write_at(int fd, std::string_view content, uint64_t place) {
  while (!content.empty()) {
    const auto written = ::pwrite(fd, content.data(), content.size(), static_cast<off_t>(place));
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return written == 0 ? ENOSPC : errno;
    content.remove_prefix(static_cast<size_t>(written));
    place += static_cast<uint64_t>(written);
  }
  return 0;
}

} // namespace

tl::expected<std::unique_ptr<capture_file>, int>
capture_file::create(const std::filesystem::path& path, std::string_view begin,
                     uint64_t most_octets) {
  unique_fd fd{
    ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, capture_mode)};
  if (!fd)
    return tl::unexpected(errno);
  if (const int error = write_at(fd.get(), begin, 0); error != 0) {
    ::unlink(path.c_str());
    return tl::unexpected(error);
  }
  std::unique_ptr<capture_file> file{new capture_file{std::move(fd), most_octets}};
  file->octets_ = begin.size();
  return file;
}

capture_file::outcome capture_file::add(const pcapng_packet& packet) {
  const auto block = block_of(packet);
  if (octets() + block.size() + end_octets > most_octets_)
    return outcome::full;
  pending_ += block;
  ++pending_packets_;
  return pending_.size() >= write_octets ? flush() : outcome::ok;
}

capture_file::outcome capture_file::flush() {
  const auto blocks = std::exchange(pending_, {});
  const auto packets = std::exchange(pending_packets_, 0);
  const int error = write_at(fd_.get(), blocks, octets_);
  if (error == 0) {
    octets_ += blocks.size();
    packets_ += packets;
    return outcome::ok;
  }
  error_ = std::generic_category().message(error);
  lost_ += packets;
  // What was written in part must not follow the last whole block.
  if (::ftruncate(fd_.get(), static_cast<off_t>(octets_)) != 0)
    error_ += "; the end of the file is damaged";
  return error == ENOSPC || error == EDQUOT ? outcome::no_space : outcome::failed;
}

capture_file::outcome capture_file::end(std::chrono::system_clock::time_point time,
                                        uint64_t dropped) {
  auto result = flush();
  pending_ = pcapng_end_of(time, packets_, dropped + lost_);
  if (const auto last = flush(); result == outcome::ok)
    result = last;
  fd_.reset();
  return result;
}

} // namespace fedhub
