// What speaks HTTP on connections that others accept.
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

/// Reads requests from sockets, asks the handler and writes the responses, by libmicrohttpd. Each
/// response ends its connection. It has no thread, no listener and no time-out: one thread at a
/// time calls it, when `event_descriptor` is readable. The library's memory of a connection
/// is one pool of fixed size; the request for the handler and the response are beside it.
class http_engine {
public:
  struct sizes {
    size_t connections;
    size_t head_octets; ///< of a request's head; see `http_server::limits`.
    size_t body_octets; ///< of a request's body; more is answered 413.
  };
  /// Says that the engine has closed its descriptor of the connection with this number. The
  /// response has been written, unless the client is gone.
  using closed_callback = std::function<void(uint64_t id)>;

  /// @param handler, closed are called from within `add`, `run` and the destructor.
  static tl::expected<std::unique_ptr<http_engine>, std::string>
  start(http_handler handler, sizes bounds, closed_callback closed);
  ~http_engine(); ///< closes all connections.

  /// Serves a connection from now on.
  /// @param id is for `closed_callback`.
  /// @returns false if there is no memory or no room; the socket is closed, `closed` may have been
  /// called.
  bool add(unique_fd socket, uint64_t id, http_peer peer);

  /// Goes on with all connections as far as their sockets allow.
  void run();

  /// Tells if `run` has more to do although no socket is ready.
  bool pending() const;

  /// Readable when `run` has something to do.
  int event_descriptor() const;

private:
  struct callbacks;
  struct connection {
    uint64_t id;
    http_peer peer;
  };
  http_engine(http_handler handler, sizes bounds, closed_callback closed)
    : handler_{std::move(handler)}, bounds_{bounds}, closed_{std::move(closed)} {}

  http_handler handler_;
  sizes bounds_;
  closed_callback closed_;
  std::unique_ptr<connection> adding_; ///< on its way into the library.
  MHD_Daemon* daemon_ = nullptr;
};

} // namespace fedhub
