// The seams between the hub and the machine: the functions by which the hub reaches the network,
// threads and random numbers. The linker replaces the hub's and libc's functions by the model's
// (see CMakeLists.txt), so the program under test has no hooks.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <unordered_map>
#include <utility>

#include "metrics/sockets/socket.hpp"
#include "tests/model/random_source.hpp"

namespace fedhub::model {

/// A socket pair: the hub's end and the model's. Its buffers are as small as the kernel allows.
struct socket_pair {
  unique_fd hub;
  unique_fd peer;
};
socket_pair make_pair_of_sockets();

/// The behaviour of the wrapped functions. There is one object at a time, which registers itself.
/// Thread safety: one thread.
class seams {
public:
  explicit seams(uint64_t seed);
  seams(const seams&) = delete;
  seams& operator=(const seams&) = delete;
  ~seams();

  /// Makes the listener on `listening` accept this socket. @param listening an eventfd.
  void connect_in(int listening, unique_fd hub_end, const socket_address& from);

  /// Registers the hub's end `fd` of a new socket. `read` counts the octets that its peer has read:
  /// these are the octets that TCP has acknowledged for the hub.
  void watch(int fd, std::shared_ptr<const uint64_t> read) { taken_[fd] = std::move(read); }

  /// Gives files new times of modification, which the hub finds at its next look. The times do not
  /// depend on the machine's clock.
  void files_changed() { ++files_version_; }

  /// Called when the hub dials. @returns the hub's end, or none with errno set.
  std::function<unique_fd(const socket_address&)> on_dial;

  // For the wrapped functions.
  int accept(int listening, sockaddr* from, socklen_t* size);
  uint64_t taken(int fd) const;
  long files_version() const { return files_version_; }
  uint64_t random() { return random_.below(UINT64_MAX); }
  static seams* current();

private:
  struct arrival {
    unique_fd fd;
    socket_address from;
  };

  random_source random_;
  long files_version_ = 1;
  std::unordered_map<int, std::deque<arrival>> arrivals_; ///< by the listener's descriptor.
  std::unordered_map<int, std::shared_ptr<const uint64_t>> taken_;
};

} // namespace fedhub::model
