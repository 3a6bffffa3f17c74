// Speaks HTTP on accepted connections.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include <tl/expected.hpp>

#include "metrics/http/http_message.hpp"
#include "metrics/http/http_service.hpp"
#include "metrics/sockets/unique_fd.hpp"

struct MHD_Daemon;

namespace fedhub {

class http_exchange;

/// Reads requests from sockets, calls the handler and writes the responses, by libmicrohttpd. It
/// has no thread, listener or time-out of its own: one thread at a time calls it, when
/// `event_descriptor` is readable. The library's memory of a connection is one pool of fixed size.
/// The handler's request and the response are outside of it.
///
/// While a request waits for its response, the library neither reads from the connection nor
/// notices its end.
class http_engine {
public:
  enum class step : uint8_t {
    requested, ///< the first line of a request has come.
    answered,  ///< a response is written. The connection may stay open.
    overrun,   ///< an event stream was not taken fast enough, and has to be ended.
    closed,    ///< the engine has closed its descriptor. All is written, unless the client is gone.
  };
  /// Called when a connection has made a step.
  using step_callback = std::function<void(uint64_t id, step)>;
  struct sizes {
    size_t connections;             ///< at once.
    size_t requests_per_connection; ///< the last response ends its connection.
  };

  /// Starts the engine. The handler and `made` are called inside `add`, `run` and the destructor.
  static tl::expected<std::unique_ptr<http_engine>, std::string>
  start(http_service service, sizes bounds, step_callback made);
  ~http_engine(); ///< closes all connections.

  /// Adds a connection to be served.
  /// @param id the number for `step_callback`.
  /// @returns false if there is no memory or room. Then the socket is closed, and `made` may have
  /// been called.
  bool add(unique_fd socket, uint64_t id, http_peer peer);

  /// Continues all connections as far as their sockets allow.
  void run();

  /// Passes the replies and events on that have come to the queue. `run` sends them.
  void deliver();

  /// Returns whether this connection's request waits for its response.
  bool waits(uint64_t id) const { return waiting(id) != nullptr; }

  /// Answers 503, if this connection's request waits. `run` sends it. @returns whether it waits.
  bool expire(uint64_t id);

  /// Gives a connection up whose socket was shut down: its request or event stream is over.
  void drop(uint64_t id);

  /// Writes a comment to an event stream, unless events are on their way.
  /// @returns false if there is no stream, or its client does not take what is written.
  bool comment(uint64_t id);

  /// Returns whether `run` has more to do although no socket is ready.
  bool pending() const;

  /// Returns a descriptor that is readable when `run` has something to do.
  int event_descriptor() const;

private:
  struct callbacks;
  struct connection {
    uint64_t id;
    http_peer peer;
    std::string target;  ///< of the request, until its head is complete.
    size_t requests = 0; ///< begun.
  };
  http_engine(http_service service, sizes bounds, step_callback made)
    : service_{std::move(service)}, bounds_{bounds}, made_{std::move(made)} {}

  /// Returns the request of this connection; null if there is none that the handler got.
  http_exchange* find(uint64_t id) const;
  /// Returns the one that waits for its response.
  http_exchange* waiting(uint64_t id) const;
  void answer(http_exchange& exchange, http_reply&& reply);
  void end(http_exchange& exchange, http_stream_end why);

  const http_service service_;
  const sizes bounds_;
  const step_callback made_;
  std::map<uint64_t, http_exchange*> asked_; ///< given to the handler; by number in the queue.
  std::unique_ptr<connection> adding_;       ///< the connection that is being added to the library.
  bool resumed_ = false;                     ///< a connection was resumed since the library ran.
  MHD_Daemon* daemon_ = nullptr;
};

} // namespace fedhub
