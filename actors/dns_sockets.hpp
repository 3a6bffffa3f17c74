// The sockets of a DNS channel.
#pragma once

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <chrono>
#include <functional>
#include <optional>
#include <unordered_map>

#include "actors/network_loop.hpp"
#include "actors/socket.hpp"

namespace fedhub {

/// Opens, watches and closes sockets for the DNS library, and knows which of them it is worth
/// asking. Errors are told as the kernel tells them: -1, and errno.
///
/// The library closes its sockets whenever no question is open, and most questions are alone. So
/// the last UDP socket is kept, and is the next question's. Not for long: its port is one of the
/// two secrets that a forger has to guess (RFC 5452 §9.2).
///
/// Belongs to one actor.
class dns_sockets {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// A UDP socket of this age is not used again.
  static constexpr std::chrono::seconds reuse_time{1};

  /// @param owner as that of `dns_channel`.
  dns_sockets(network_loop& loop, std::function<ready_sink_actor()> owner)
    : loop_(loop), owner_(std::move(owner)) {}
  ~dns_sockets();
  dns_sockets(const dns_sockets&) = delete;
  dns_sockets& operator=(const dns_sockets&) = delete;

  int open(int family, int type, int protocol, time_point now);
  /// The loop watches the socket from here on.
  int connect(int fd, const sockaddr* to, socklen_t size);
  void close(int fd, time_point now);
  ssize_t receive(int fd, void* to, size_t size, int flags, sockaddr* from, socklen_t* from_size);
  ssize_t send(int fd, const iovec* from, int count);
  /// The library holds octets that it could not write yet, or no more.
  void wants_write(int fd, bool x);

  /// The loop has news; others' descriptors are ignored. @returns whether it is one of these.
  bool news(int fd);

  /// A socket in use, and what may be done with it now.
  struct turn {
    int fd;
    bool read;
    bool write;
    bool operator==(const turn&) const = default;
  };
  std::optional<turn> next() const;

private:
  struct endpoint {
    int family;
    bool udp;
    time_point opened;
    socket_address peer = {};
    watch_ptr watched = {}; ///< null until it is connected.
    bool spare = false;     ///< the library has closed it.
    bool wants_write = false;
    bool writable = true; ///< until the kernel says EAGAIN.
    bool readable = false;
  };
  using endpoints = std::unordered_map<int, endpoint>;

  int take_spare(int family, time_point now);
  void drop(endpoints::iterator x);

  network_loop& loop_;
  std::function<ready_sink_actor()> owner_;
  endpoints sockets_;
  int spare_ = -1; ///< the one there may be.
};

} // namespace fedhub
