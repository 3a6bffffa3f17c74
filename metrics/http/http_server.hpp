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
#include "metrics/http/http_responder.hpp"

namespace fedhub {

/// Serves a handler on several listeners with one thread. The thread never waits for a single
/// client: a client that is silent or slow uses a place in a table, but no time of other requests.
///
/// While a response is awaited from a responder, a client that is gone frees its place:
///
/// | the client | its place is free |
/// | --- | --- |
/// | closes a Unix socket, or resets TCP | at once |
/// | closes or half-closes TCP, which look alike | with the response, or at the deadline |
///
/// An event stream ends at once in all these cases. A client that takes nothing loses its stream
/// after two to three intervals of comments, and one that vanishes without a word after four.
class http_server {
public:
  struct limits {
    /// At once. One more ends the oldest of those that wait for another request; if there are none,
    /// the oldest of all but event streams.
    size_t connections = 64;
    /// At once from one IPv4 address, one IPv6 network (/64), or one user on Unix sockets. One more
    /// ends one of them, chosen likewise.
    size_t connections_per_origin = 64;
    /// The size of a request's head; a larger one is answered 431. The library has twice this
    /// memory for the head, 56 octets for each of its fields, and the head of the response. So too
    /// many short fields are answered 431 as well. A first line that fills all of it is answered
    /// 414.
    size_t head_octets = 8192;
    size_t body_octets = 0; ///< of a request's body; a larger one is answered 413.
    /// Of a request, from its first octet to the end of its response, or to the end of a connection
    /// that this response ends. For the first request, from the accept. If the handler's response
    /// has not come until then, the client is answered 503, and has another second to take it.
    std::chrono::milliseconds lifetime{5000};
    /// The last response ends its connection (RFC 9112 §9.3).
    size_t requests_per_connection = 1;
    std::chrono::milliseconds idle{30'000}; ///< from a response to the next request.
    /// Event streams at once, and those of one origin. They are connections too, and should leave
    /// room for others. One more is answered 503.
    size_t event_streams = 0;
    size_t event_streams_per_origin = 8;
    std::chrono::milliseconds comment_interval{15'000}; ///< between comments on an event stream.
  };

  /// Begins to serve.
  /// @param handler, problem are called in the server's thread. `problem` makes the responses 413,
  /// 431, 500 and 503 of the server's own. The library's 400, 414, 505 and, for fields without
  /// end, 431 do not pass through it.
  /// @returns the server, or the failed call with the system's reason.
  static tl::expected<std::unique_ptr<http_server>, std::string>
  start(std::vector<http_listener> listeners, http_handler handler, limits bounds,
        http_problem problem = plain_problem);

  /// Begins to serve a handler that may answer later, from any thread.
  static tl::expected<std::unique_ptr<http_server>, std::string>
  start(std::vector<http_listener> listeners, http_async_handler handler, limits bounds,
        http_problem problem = plain_problem);

  ~http_server(); ///< stops.

  /// Closes all connections and ends the thread; responders do nothing from then on. Idempotent.
  /// Must not be called by the handler.
  void stop();

private:
  class loop;
  explicit http_server(std::unique_ptr<loop> work);

  std::unique_ptr<loop> loop_;
  std::thread thread_;
};

} // namespace fedhub
