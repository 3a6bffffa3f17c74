// The clients of the DNS view that use TCP.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "actors/net/address_group.hpp"
#include "metrics/sockets/socket.hpp"
#include "protocol/dns/dns_query.hpp"

namespace fedhub {

/// The TCP connections to the DNS view (RFC 7766). Bounds their number, time and memory. Belongs to
/// one thread, whose epoll instance reports the sockets' events.
class dns_view_clients {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// For one more, the client that was idle longest is closed.
  static constexpr size_t max_clients = 64;
  static constexpr size_t max_clients_per_address = 8;
  /// A longer question ends the connection.
  static constexpr size_t max_question_octets = 4096;
  /// Unanswered questions of one client. Beyond it the client is not read.
  static constexpr size_t max_under_way = 16;
  /// Of one client. Beyond it the client is not read.
  static constexpr size_t max_unsent_octets = 131072;
  /// A connection is closed after so long without a whole question or a whole answer.
  static constexpr std::chrono::seconds idle_time{10};

  /// @param epoll gets each socket, with `mark` and the client's number in `data.u64`.
  dns_view_clients(int epoll, uint64_t mark) : epoll_(epoll), mark_(mark) {}

  /// Adds a connection, or closes it if its address has too many.
  void add(unique_fd fd, const socket_address& from, time_point now);

  /// Reads and writes after an event of this client's socket.
  /// @param broken the connection is closed in both directions; the client is erased.
  void on_ready(uint64_t number, bool broken, time_point now);

  /// Returns the next whole question of this client, if the client may have one more under way.
  /// Call it after `on_ready`, `answer` and `on_time`, until it returns nothing.
  std::optional<dns_octets> next_question(uint64_t number, time_point now);

  /// Puts back a question for which the client had no token. The client waits until `again`.
  void put_back(uint64_t number, const dns_octets& question, time_point again);

  /// Sends the answer to one of the client's questions. If `octets` is empty, the question gets no
  /// answer.
  void answer(uint64_t number, const dns_octets& octets, time_point now);

  /// Closes clients that were idle for too long. @returns the clients whose wait after `put_back`
  /// is over.
  std::vector<uint64_t> on_time(time_point now);
  std::optional<time_point> next_time() const;

  /// Returns the address of a client; null if the client is gone.
  const socket_address* peer(uint64_t number) const;

  /// Closes the connections of all addresses that are not `allowed`.
  template <class Predicate>
  void keep(Predicate allowed) {
    std::erase_if(all_, [&](const auto& x) { return !allowed(x.second.from); });
  }

  size_t size() const { return all_.size(); }

private:
  struct client {
    unique_fd fd;
    socket_address from;
    dns_octets in;
    dns_octets out;
    size_t under_way = 0;
    bool ended = false; ///< the client has sent its end of file.
    time_point last;    ///< time of the last whole question or answer.
    std::optional<time_point> again;
    uint32_t watched = 0; ///< events of epoll.
  };
  using clients_map = std::map<uint64_t, client>;

  static bool may_ask(const client& x) {
    return x.under_way < max_under_way && x.out.size() < max_unsent_octets && !x.again;
  }
  static bool has_whole_question(const client& client);
  bool read(client& client);
  static bool write(client& client, time_point now);
  void settle(clients_map::iterator at);
  void make_room();

  int epoll_;
  uint64_t mark_;
  uint64_t next_number_ = 0;
  clients_map all_;
};

} // namespace fedhub
