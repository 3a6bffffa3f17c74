// Who asks the DNS view over TCP.
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

/// The TCP connections to the DNS view (RFC 7766), bounded in number, in time and in what they
/// hold. Belongs to one thread, whose epoll instance tells of the sockets.
class dns_view_clients {
public:
  using time_point = std::chrono::steady_clock::time_point;

  static constexpr size_t max_clients = 64; ///< one more makes the longest idle one go.
  static constexpr size_t max_clients_per_address = 8;
  static constexpr size_t max_question_octets = 4096; ///< a longer one ends its connection.
  static constexpr size_t max_under_way = 16;         ///< questions of one; more are not read.
  static constexpr size_t max_unsent_octets = 131072; ///< of one; beyond that it is not read.
  /// A connection ends after so long without a whole question or a whole answer.
  static constexpr std::chrono::seconds idle_time{10};

  /// @param epoll is told of each socket with `mark` and the client's number in `data.u64`.
  dns_view_clients(int epoll, uint64_t mark) : epoll_(epoll), mark_(mark) {}

  /// Takes a connection; or closes it, if the address has too many.
  void add(unique_fd fd, const socket_address& from, time_point now);

  /// epoll has news of this client: reads and writes.
  /// @param broken the connection is closed in both directions: the client goes.
  void on_ready(uint64_t number, bool broken, time_point now);

  /// The next whole question of this client, if it may have one more under way; to be called until
  /// there is none, after `on_ready`, `answer` and `on_time`.
  std::optional<dns_octets> next_question(uint64_t number, time_point now);

  /// Puts a question back that there was no token for: the client waits until `again`.
  void put_back(uint64_t number, const dns_octets& question, time_point again);

  /// Sends the answer to one of its questions; empty: there is none.
  void answer(uint64_t number, const dns_octets& octets, time_point now);

  /// Closes what was idle for too long. @returns the clients that may go on after `put_back`.
  std::vector<uint64_t> on_time(time_point now);
  std::optional<time_point> next_time() const;

  /// The peer of a client; nothing: it has gone.
  const socket_address* peer(uint64_t number) const;

  /// Closes the connections of addresses that are not `allowed` any more.
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
    bool ended = false; ///< it sends nothing more.
    time_point last;    ///< a whole question or answer.
    std::optional<time_point> again;
    uint32_t watched = 0; ///< events of epoll.
  };
  using clients_map = std::map<uint64_t, client>;

  static bool may_ask(const client& x) {
    return x.under_way < max_under_way && x.out.size() < max_unsent_octets && !x.again;
  }
  static bool has_whole_question(const client& x);
  bool read(client& x);
  static bool write(client& x, time_point now);
  void settle(clients_map::iterator x);
  void make_room();

  int epoll_;
  uint64_t mark_;
  uint64_t next_number_ = 0;
  clients_map all_;
};

} // namespace fedhub
