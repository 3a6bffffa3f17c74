// The TLS in front of an HTTP server.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include <tl/expected.hpp>

#include "actors/net/transport.hpp"
#include "metrics/http/http_listener.hpp"
#include "metrics/sockets/socket_address.hpp"
#include "metrics/sockets/unique_fd.hpp"

namespace fedhub {

/// Accepts connections, and decrypts each into a socket pair, whose other end an HTTP server
/// serves. Has a thread of its own, which waits for no single client. A client becomes known to the
/// HTTP server after its handshake.
///
/// Each connection has 16 KiB of memory in each direction, beside what OpenSSL and the kernel have.
/// While one end does not take its octets, the other end is not read.
class tls_front {
public:
  struct limits {
    size_t connections = 96; ///< at once; one more ends the oldest handshake, or itself.
    size_t connections_per_address = 32; ///< likewise.
    std::chrono::milliseconds handshake{10'000};
    /// From the server's end of a connection until the client closes it, too.
    std::chrono::milliseconds farewell{2'000};
  };

  /// Returns a new session of the certificate in force.
  using new_session = std::function<ssl_ptr()>;
  /// Takes a decrypted connection. @param from the client's address.
  using plain_connection = std::function<void(unique_fd socket, const socket_address& from)>;

  /// Begins to accept. Both functions are called in the front's thread.
  /// @returns the front, or the failed call with the system's reason.
  static tl::expected<std::unique_ptr<tls_front>, std::string>
  start(http_listener listener, new_session session, plain_connection serve, limits bounds);

  ~tls_front(); ///< closes all connections.

private:
  class loop;
  explicit tls_front(std::unique_ptr<loop> work);

  std::unique_ptr<loop> loop_;
  std::thread thread_;
};

} // namespace fedhub
