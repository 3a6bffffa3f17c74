// Where the model stands in for the machine: the functions by which the hub reaches the network,
// threads and random numbers. The linker puts the model's in place of the hub's and libc's (see
// CMakeLists.txt), so the program under test has no hooks.
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

/// A socket pair: the hub's end and the model's. The pair is as small as the kernel allows.
struct socket_pair {
  unique_fd hub;
  unique_fd peer;
};
socket_pair make_pair_of_sockets();

/// What the wrapped functions do. One object at a time, which makes itself known; one thread.
class seams {
public:
  explicit seams(uint64_t seed);
  seams(const seams&) = delete;
  seams& operator=(const seams&) = delete;
  ~seams();

  /// Has the listener on `listening` accept this socket. @param listening an eventfd.
  void connect_in(int listening, unique_fd hub_end, const socket_address& from);

  /// The hub's end `fd` is a new socket; `read` counts the octets that its peer has taken. What the
  /// peer has taken is what the hub's TCP counts as acknowledged.
  void watch(int fd, std::shared_ptr<const uint64_t> read) { taken_[fd] = std::move(read); }

  /// Files have been written: the hub's next look at them finds new times. These do not depend on
  /// the machine's clock.
  void files_changed() { ++files_version_; }

  /// Called where the hub dials. @returns the hub's end, or none with errno set.
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
