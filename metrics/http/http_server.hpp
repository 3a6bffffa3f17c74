// The hub's HTTP server.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <tl/expected.hpp>

#include "metrics/http/http_listener.hpp"
#include "metrics/http/http_message.hpp"

namespace fedhub {

/// Serves a handler on several listeners with one thread. The thread never waits for a single
/// client: a client that is silent or slow uses a place in a table, but no time of other requests.
/// Each response ends its connection.
class http_server {
public:
  struct limits {
    size_t connections = 64; ///< at once; one more ends the oldest.
    /// At once from one IPv4 address, one IPv6 network (/64), or one user on Unix sockets. One more
    /// ends the oldest of them.
    size_t connections_per_origin = 64;
    /// The size of a request's head; a larger one is answered 431. The library has twice this
    /// memory for the head, 56 octets for each of its fields, and the head of the response. So too
    /// many short fields are answered 431 as well. A first line that fills all of it is answered
    /// 414.
    size_t head_octets = 8192;
    size_t body_octets = 0; ///< of a request's body; a larger one is answered 413.
    std::chrono::milliseconds lifetime{5000}; ///< of a connection, accepted to closed.
  };

  /// Begins to serve.
  /// @param handler is called in the server's thread.
  /// @returns the server, or the failed call with the system's reason.
  static tl::expected<std::unique_ptr<http_server>, std::string>
  start(std::vector<http_listener> listeners, http_handler handler, limits bounds);

  ~http_server(); ///< stops.

  /// Closes all connections and ends the thread. Idempotent. Must not be called by the handler.
  void stop();

private:
  class loop;
  explicit http_server(std::unique_ptr<loop> work);

  std::unique_ptr<loop> loop_;
  std::thread thread_;
};

} // namespace fedhub
