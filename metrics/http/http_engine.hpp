// Speaks HTTP on accepted connections.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <tl/expected.hpp>

#include "metrics/http/http_message.hpp"
#include "metrics/sockets/unique_fd.hpp"

struct MHD_Daemon;

namespace fedhub {

/// Reads requests from sockets, calls the handler and writes the responses, by libmicrohttpd. Each
/// response ends its connection. It has no thread, listener or time-out of its own: one thread at a
/// time calls it, when `event_descriptor` is readable. The library's memory of a connection is one
/// pool of fixed size. The handler's request and the response are outside of it.
class http_engine {
public:
  struct sizes {
    size_t connections;
    size_t head_octets; ///< of a request's head; see `http_server::limits`.
    size_t body_octets; ///< of a request's body; a larger one is answered 413.
  };
  /// Called when the engine has closed its descriptor of this connection. The response was written,
  /// unless the client is gone.
  using closed_callback = std::function<void(uint64_t id)>;

  /// Starts the engine. @param handler, closed are called inside `add`, `run` and the destructor.
  static tl::expected<std::unique_ptr<http_engine>, std::string>
  start(http_handler handler, const sizes& bounds, closed_callback closed);
  ~http_engine(); ///< closes all connections.

  /// Adds a connection to be served.
  /// @param id the number for `closed_callback`.
  /// @returns false if there is no memory or room. Then the socket is closed, and `closed` may have
  /// been called.
  bool add(unique_fd socket, uint64_t id, http_peer peer);

  /// Continues all connections as far as their sockets allow.
  void run();

  /// Returns whether `run` has more to do although no socket is ready.
  bool pending() const;

  /// Returns a descriptor that is readable when `run` has something to do.
  int event_descriptor() const;

private:
  struct callbacks;
  struct connection {
    uint64_t id;
    http_peer peer;
  };
  http_engine(http_handler handler, const sizes& bounds, closed_callback closed)
    : handler_{std::move(handler)}, bounds_{bounds}, closed_{std::move(closed)} {}

  http_handler handler_;
  sizes bounds_;
  closed_callback closed_;
  std::unique_ptr<connection> adding_; ///< the connection that is being added to the library.
  MHD_Daemon* daemon_ = nullptr;
};

} // namespace fedhub
