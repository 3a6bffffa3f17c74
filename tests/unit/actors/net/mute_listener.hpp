// A server that looks to a client as if a firewall dropped its packets.
#pragma once

#include <poll.h>

#include "metrics/sockets/socket.hpp"

namespace fedhub::test {

inline socket_address loopback(uint16_t port = 0) {
  return *socket_address::parse("127.0.0.1", port);
}

/// Waits for `events`. @returns false if none came within 20 s.
inline bool wait_for(int fd, short events) {
  pollfd x{fd, events, 0};
  return ::poll(&x, 1, 20'000) == 1;
}

/// A listener with a full queue of connections. The kernel drops further packets, so a client that
/// connects gets no answer.
class mute_listener {
public:
  mute_listener() : listener_(listen_tcp(loopback(), 0)) {
    filler_ = connect_tcp(address());
    wait_for(filler_.get(), POLLOUT);
  }
  socket_address address() const { return local_address(listener_.get()); }

private:
  unique_fd listener_;
  unique_fd filler_;
};

} // namespace fedhub::test
