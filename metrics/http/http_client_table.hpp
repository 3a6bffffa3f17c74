// The clients that an HTTP server has now.
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
    silent,  ///< nothing has come from it.
    served,  ///< the engine reads and writes.
    closing, ///< the response is written; the client has yet to close.
  };

  unique_fd socket;
  http_peer peer;
  /// Whose places it takes: in octets the IPv4 address, the first 64 bits of the IPv6 address, or
  /// on a Unix socket the user.
  std::string origin;
  std::chrono::steady_clock::time_point deadline; ///< the connection is closed then in any phase.
  phase now = phase::silent;
  bool input_ended = false; ///< a client that is served will send nothing more.

  /// @param from the client's address, as `accept` gives it.
  http_client(unique_fd socket, const socket_address& from,
              std::chrono::steady_clock::time_point deadline);
};

/// Clients by number, the oldest first. It keeps two limits: a client too many ends the oldest.
class http_client_table {
public:
  using clients = std::map<uint64_t, http_client>;

  http_client_table(size_t total, size_t per_origin) : total_{total}, per_origin_{per_origin} {}

  /// Adds a client under a number of its own, and ends another one if there is no room.
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
