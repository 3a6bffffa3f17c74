// Sockets that systemd opened for the process (sd_listen_fds(3)).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "metrics/sockets/socket.hpp"

namespace fedhub {

/// The descriptors from 3 on that LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES describe. Use at start,
/// in one thread.
class inherited_sockets {
public:
  inherited_sockets() = default; ///< empty.

  /// Takes the sockets that are meant for this process, and removes the variables, so that no child
  /// process takes the sockets for its own.
  static inherited_sockets take();

  /// Removes the socket of this name, type (SOCK_DGRAM, SOCK_STREAM) and address from the list, and
  /// makes it non-blocking. Port 0 matches any port. @returns an invalid descriptor if there is
  /// none.
  unique_fd claim(std::string_view name, int type, const socket_address& at);

  /// Returns the sockets that are left, for the log: "dns 10.0.0.1:53".
  std::vector<std::string> unclaimed() const;

private:
  struct socket {
    std::string name;
    unique_fd fd;
  };
  std::vector<socket> all_;
};

} // namespace fedhub
