// The current clients of an HTTP server.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "metrics/http/http_message.hpp"
#include "metrics/sockets/socket_address.hpp"
#include "metrics/sockets/unique_fd.hpp"

namespace fedhub {

/// One connection of a client.
struct http_client {
  enum class phase : uint8_t {
    silent,    ///< it has sent nothing.
    served,    ///< the engine reads a request or writes its response.
    streaming, ///< the engine writes events.
    idle,      ///< the response is written; the engine waits for another request.
    closing,   ///< the last response is written; the client has yet to close.
  };

  unique_fd socket;
  http_peer peer;
  /// Clients of one origin share a limit. The origin is the octets of the IPv4 address, or the
  /// first 64 bits of the IPv6 address, or the user on a Unix socket.
  std::string origin;
  /// Of the request, and of `closing` after it. In phase `streaming`, when a comment is due.
  std::chrono::steady_clock::time_point deadline;
  std::chrono::steady_clock::time_point idle_until; ///< the deadline in phase `idle`.
  phase now = phase::silent;
  bool input_ended = false; ///< a client that the engine has will send nothing more.

  /// @param from the client's address, from `accept`.
  http_client(unique_fd socket, const socket_address& from,
              std::chrono::steady_clock::time_point deadline);

  /// Returns whether the engine has the connection.
  bool in_engine() const {
    return now == phase::served || now == phase::streaming || now == phase::idle;
  }

  /// Returns when something has to be done about the connection.
  std::chrono::steady_clock::time_point due() const {
    return now == phase::idle ? idle_until : deadline;
  }
};

/// The clients by number, the oldest first. It keeps two limits: if a client exceeds one, the
/// oldest idle client is ended; if none is idle, the oldest of those without an event stream.
class http_client_table {
public:
  using clients = std::map<uint64_t, http_client>;
  /// Called when the table ends a client that the engine has.
  using ended_callback = std::function<void(uint64_t id)>;

  http_client_table(size_t total, size_t per_origin, ended_callback ended)
    : total_{total}, per_origin_{per_origin}, ended_{std::move(ended)} {}

  /// Adds a client under a new number, and ends another one if there is no room.
  void add(http_client client);

  /// Ends a connection in any phase.
  /// @returns the next client.
  clients::iterator end(clients::iterator at);

  /// Returns the client with this number; null if it has ended.
  http_client* find(uint64_t id);

  /// Returns whether a client may have an event stream beside the present ones.
  bool has_room_for_stream(const http_client& client, size_t total, size_t per_origin) const;

  clients& all() { return clients_; }

private:
  /// Ends one of the clients that `among` selects.
  void make_room(const std::function<bool(const http_client&)>& among);

  const size_t total_;
  const size_t per_origin_;
  const ended_callback ended_;
  uint64_t next_ = 0;
  clients clients_;
};

} // namespace fedhub
