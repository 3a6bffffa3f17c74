// Sockets that the service manager opened for the process (sd_listen_fds(3)).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "metrics/sockets/socket.hpp"

namespace fedhub {

/// The descriptors from 3 on that LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES describe. A socket is
/// found by its address alone: the names of the units that passed it do not matter. Use at start,
/// in one thread.
///
/// Bound: the service manager alone passes sockets, 1,024 at most.
class inherited_sockets {
public:
  inherited_sockets() = default; ///< empty.

  /// Takes the sockets that are meant for this process, and removes the variables, so that no child
  /// process takes the sockets for its own.
  static inherited_sockets take();

  /// Removes the listening TCP socket with this address from the list. It gets all options that
  /// `listen_tcp` sets. Without IPv6 in the kernel, 0.0.0.0 stands for `::`.
  /// @returns an invalid descriptor if there is none, as always for port 0, which is any free port.
  unique_fd claim_tcp(const socket_address& at);

  /// Removes the UDP socket with this address from the list, like `claim_tcp`.
  unique_fd claim_udp(const socket_address& at);

  /// Removes the listening Unix stream socket with this path from the list, and makes it
  /// non-blocking. @returns an invalid descriptor if there is none.
  unique_fd claim_local(const std::filesystem::path& at);

  /// Returns an unclaimed socket with this port, for an error that says why the port is taken; in
  /// the form of `close_unclaimed`, empty if there is none.
  std::string unclaimed_at(uint16_t port) const;

  /// Closes the sockets that are left. @returns them for the log: name and address, e.g.
  /// "fedhub.socket 10.0.0.1:53".
  std::vector<std::string> close_unclaimed();

private:
  struct socket {
    std::string name;
    unique_fd fd;

    std::string str() const;
  };

  unique_fd claim(int type, const socket_address& at);
  /// Removes the socket from the list. @returns its descriptor, non-blocking.
  unique_fd remove(std::vector<socket>::iterator at);

  std::vector<socket> all_;
};

} // namespace fedhub
