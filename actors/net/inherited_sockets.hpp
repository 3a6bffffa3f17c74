// Sockets that systemd has opened for the process (sd_listen_fds(3)).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "metrics/sockets/socket.hpp"

namespace fedhub {

/// The descriptors from 3 on, as LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES describe them. To be
/// used at start, by one thread.
class inherited_sockets {
public:
  inherited_sockets() = default; ///< none.

  /// Takes those that are meant for this process and removes the variables, so that no child takes
  /// them for its own.
  static inherited_sockets take();

  /// Takes out the socket of this name, type (SOCK_DGRAM, SOCK_STREAM) and address, non-blocking.
  /// Port 0: any port. @returns an invalid descriptor if there is none.
  unique_fd claim(std::string_view name, int type, const socket_address& at);

  /// Those that nobody has claimed, for the log: "dns 10.0.0.1:53".
  std::vector<std::string> unclaimed() const;

private:
  struct socket {
    std::string name;
    unique_fd fd;
  };
  std::vector<socket> all_;
};

} // namespace fedhub
