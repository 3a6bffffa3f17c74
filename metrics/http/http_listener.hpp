// The socket on which an HTTP server waits for clients.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include <sys/types.h>
#include <tl/expected.hpp>

#include "metrics/sockets/unique_fd.hpp"

namespace fedhub {

/// A listening, non-blocking socket.
class http_listener {
public:
  /// Binds to an address and listens.
  /// @param address an IPv4 or IPv6 literal without brackets; "::" accepts IPv4 clients too.
  /// @param port 0: any free port.
  /// @returns the listener, or the failed call with the system's reason, e.g. "bind 127.0.0.1:9527:
  /// Address already in use".
  static tl::expected<http_listener, std::string> tcp(const std::string& address, uint16_t port);

  /// Binds to a Unix socket and listens. The destructor removes the file, unless another file has
  /// taken its place.
  /// @param path at most 107 octets. A socket without a listener is replaced.
  /// @param mode of the file, less the umask. Users who may write to the file may connect.
  /// @returns the listener, or the failed call with the system's reason.
  static tl::expected<http_listener, std::string> local(const std::string& path, mode_t mode);

  /// Uses a listening, non-blocking socket that another process has opened. The file of a Unix
  /// socket stays when the listener ends, since that process still listens on it.
  static http_listener inherited(unique_fd socket);

  http_listener(http_listener&& other) noexcept
    : socket_{std::move(other.socket_)}, port_{other.port_}, path_{std::exchange(other.path_, {})},
      inode_{other.inode_} {}
  http_listener& operator=(http_listener&& other) noexcept {
    std::swap(socket_, other.socket_); // `other` ends the former listener
    std::swap(port_, other.port_);
    std::swap(path_, other.path_);
    std::swap(inode_, other.inode_);
    return *this;
  }
  ~http_listener();

  int fd() const { return socket_.get(); }

  /// Returns the bound port; 0 for a Unix socket only.
  uint16_t port() const { return port_; }

private:
  http_listener(unique_fd socket, uint16_t port, std::string path)
    : socket_{std::move(socket)}, port_{port}, path_{std::move(path)} {}

  unique_fd socket_;
  uint16_t port_;
  std::string path_; ///< empty: no Unix socket.
  ino_t inode_ = 0;  ///< of the file at `path_`.
};

} // namespace fedhub
