// The current clients of an HTTP server.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "metrics/http/http_message.hpp"
#include "metrics/sockets/socket_address.hpp"
#include "metrics/sockets/unique_fd.hpp"

namespace fedhub {

/// One connection of a client.
struct http_client {
  enum class phase : uint8_t {
    silent,  ///< it has sent nothing.
    served,  ///< the engine reads and writes.
    closing, ///< the response is written; the client has yet to close.
  };

  unique_fd socket;
  http_peer peer;
  /// Clients of one origin share a limit. The origin is the octets of the IPv4 address, or the
  /// first 64 bits of the IPv6 address, or the user on a Unix socket.
  std::string origin;
  std::chrono::steady_clock::time_point deadline; ///< when the connection is closed, in any phase.
  phase now = phase::silent;
  bool input_ended = false; ///< a client in phase `served` will send nothing more.

  /// @param from the client's address, from `accept`.
  http_client(unique_fd socket, const socket_address& from,
              std::chrono::steady_clock::time_point deadline);
};

/// The clients by number, the oldest first. It keeps two limits: if a client exceeds one, the
/// oldest client is ended.
class http_client_table {
public:
  using clients = std::map<uint64_t, http_client>;

  http_client_table(size_t total, size_t per_origin) : total_{total}, per_origin_{per_origin} {}

  /// Adds a client under a new number, and ends another one if there is no room.
  void add(http_client client);

  /// Ends a connection in any phase.
  /// @returns the next client.
  clients::iterator end(clients::iterator at);

  /// Returns the client with this number; null if it has ended.
  http_client* find(uint64_t id);

  clients& all() { return clients_; }

private:
  const size_t total_;
  const size_t per_origin_;
  uint64_t next_ = 0;
  clients clients_;
};

} // namespace fedhub
