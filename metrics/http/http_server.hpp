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

/// Serves a handler on some listeners with one thread of its own. The thread never waits for a
/// single client: one that is silent, or that sends or reads slowly, takes a place in a table and
/// no time from other requests. Each response ends its connection.
class http_server {
public:
  struct limits {
    size_t connections = 64; ///< at once; one more ends the oldest.
    /// At once of one IPv4 address, of one IPv6 network (/64), or of one user on Unix sockets; one
    /// more ends the oldest of them.
    size_t connections_per_origin = 64;
    /// Of a request's head; more is answered 431. Twice as much memory is there for the head, 56
    /// octets for each of its fields, and the head of the response: so many short fields are
    /// answered 431 as well, and a first line that fills it all 414.
    size_t head_octets = 8192;
    size_t body_octets = 0;                   ///< of a request's body; more is answered 413.
    std::chrono::milliseconds lifetime{5000}; ///< of a connection, accepted to closed.
  };

  /// Begins to serve.
  /// @param handler is called from the server's thread.
  /// @returns the server, or what failed with the system's reason.
  static tl::expected<std::unique_ptr<http_server>, std::string>
  start(std::vector<http_listener> listeners, http_handler handler, limits bounds);

  ~http_server(); ///< stops.

  /// Closes all connections and ends the thread. Idempotent; not from the handler.
  void stop();

private:
  class loop;
  explicit http_server(std::unique_ptr<loop> work);

  std::unique_ptr<loop> loop_;
  std::thread thread_;
};

} // namespace fedhub
