// The sockets of the DNS view that are open, which may change while it runs.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <unordered_map>

#include "actors/dns/dns_view_sockets.hpp"

namespace fedhub {

/// The addresses of `listen.dns`, each under a number. Part of the DNS view's thread.
class dns_view_doors {
public:
  using time_point = std::chrono::steady_clock::time_point;
  /// How long a closed address is still served: clients that have begun to connect, and datagrams.
  static constexpr std::chrono::milliseconds farewell{250};

  /// @param epoll gets the sockets; its data are a mark and the number. Outlives this.
  dns_view_doors(int epoll, uint64_t udp_mark, uint64_t tcp_mark)
    : epoll_(epoll), udp_mark_(udp_mark), tcp_mark_(tcp_mark) {}

  void open(uint64_t id, dns_view_sockets sockets);
  /// Lets the address go: new connections are ignored from now on, and the rest ends with the
  /// farewell.
  /// @param given_back another process listens on, so nothing is done to the sockets.
  void close(uint64_t id, bool given_back, time_point now);

  /// Returns a socket's descriptor; nothing if it has been closed.
  std::optional<int> udp(uint64_t id) const;
  std::optional<int> tcp(uint64_t id) const;

  /// Stops or begins again to watch for TCP connections.
  void watch_tcp(bool on);

  /// Returns when `on_time` has to be called.
  std::optional<time_point> next_time() const;
  /// Closes the sockets whose time is over.
  void on_time(time_point now);

private:
  struct door {
    dns_view_sockets sockets;
    std::optional<time_point> end{}; ///< it is closed then.
  };

  void watch(int fd, uint64_t data) const;
  void forget(int fd) const;

  int epoll_;
  uint64_t udp_mark_;
  uint64_t tcp_mark_;
  std::unordered_map<uint64_t, door> all_;
};

} // namespace fedhub
