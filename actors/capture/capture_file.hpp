// The file of one capture, while it is written.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "metrics/sockets/unique_fd.hpp"
#include "protocol/capture/pcapng.hpp"

namespace fedhub {

/// Writes blocks into a new file, and keeps the file whole: after a failed write the file ends with
/// the last whole block. All calls block on file I/O. For one thread.
class capture_file {
public:
  /// Room that a file keeps for its last block.
  static constexpr uint64_t end_octets = 256;

  enum class outcome : uint8_t { ok, full, no_space, failed };

  /// Creates the file, with mode 0600.
  /// @param begin its first blocks.  @param most_octets its bound.
  /// @returns the file, or an errno; EEXIST if there is a file of this name.
  static tl::expected<std::unique_ptr<capture_file>, int>
  create(const std::filesystem::path& path, std::string_view begin, uint64_t most_octets);

  /// Adds a packet. It is on the disk after `flush`, or earlier.
  outcome add(const pcapng_packet& packet);
  outcome flush();
  /// Adds the last block and closes the file. @param dropped elements that are missing.
  outcome end(std::chrono::system_clock::time_point time, uint64_t dropped);

  uint64_t octets() const { return octets_ + pending_.size(); }
  uint64_t packets() const { return packets_ + pending_packets_; }
  /// Returns how many packets a failed write has lost.
  uint64_t lost() const { return lost_; }
  /// Returns why a call has failed.
  const std::string& error() const { return error_; }

private:
  capture_file(unique_fd fd, uint64_t most_octets)
    : fd_{std::move(fd)}, most_octets_{most_octets} {}

  unique_fd fd_;
  uint64_t most_octets_;
  uint64_t octets_ = 0;  ///< in the file.
  uint64_t packets_ = 0; ///< in the file.
  uint64_t lost_ = 0;
  std::string pending_; ///< blocks that are not written yet.
  uint64_t pending_packets_ = 0;
  std::string error_;
};

} // namespace fedhub
