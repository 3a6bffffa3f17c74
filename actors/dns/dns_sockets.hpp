// The sockets of a `dns_channel`.
#pragma once

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <unordered_map>
#include <vector>

#include "actors/runtime/network_loop.hpp"
#include "metrics/sockets/socket.hpp"

namespace fedhub {

/// Opens, watches and closes sockets for the DNS library, and knows which ones are ready. Errors
/// are reported as the kernel does: -1 and errno.
///
/// One UDP socket of the library is a *handle* for several sockets of the kernel, its *ports*. A
/// port number is one of the two secrets that a forger has to guess (RFC 5452 §9.2), but the
/// library keeps its socket as long as any question is open. So a port takes at most
/// `questions_per_port` questions within `reuse_time`. The next question gets a new port with
/// another random number. Older ports stay open for their answers. An answer counts only on the
/// port that its question was sent from (RFC 5452 §9.1).
///
/// The library closes its sockets when no question is open, and usually there is only one question
/// at a time. So the last UDP socket is kept for the next question, within the same bounds.
///
/// Belongs to one actor.
class dns_sockets {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// A UDP socket of this age is not used again.
  static constexpr std::chrono::seconds reuse_time{1};
  /// Questions sent from one port, repetitions included.
  static constexpr size_t questions_per_port = 32;
  /// Older ports of one handle that wait for answers. Beyond this number the oldest one is closed,
  /// and its open questions are asked again.
  static constexpr size_t max_older_ports = 256;
  /// Datagrams dropped in one call of `receive`.
  static constexpr size_t max_dropped = 64;

  /// @param owner as in `dns_channel`.
  /// @param answer_time how long a port stays open for answers after its last question.
  dns_sockets(network_loop& loop, std::function<ready_sink_actor()> owner,
              std::chrono::milliseconds answer_time)
    : loop_(loop), owner_(std::move(owner)), answer_time_(answer_time) {}
  ~dns_sockets();
  dns_sockets(const dns_sockets&) = delete;
  dns_sockets& operator=(const dns_sockets&) = delete;

  /// Opens a socket. @returns its handle: a descriptor for TCP, some other number for UDP.
  int open(int family, int type, int protocol, time_point now);
  /// Connects a socket. The network loop watches it from now on.
  int connect(int fd, const sockaddr* to, socklen_t size);
  void close(int fd, time_point now);
  ssize_t receive(int fd, void* to, size_t size, int flags, sockaddr* from, socklen_t* from_size);
  ssize_t send(int fd, const iovec* from, int count, time_point now);
  /// Sets whether the library holds octets that it could not write yet.
  void wants_write(int fd, bool wanted);

  /// Handles an event of the network loop. Ignores descriptors that are not in this class. @returns
  /// whether the descriptor is.
  bool news(int fd);

  /// Returns the descriptor that sends the next question of a handle; -1 if there is no such
  /// handle.
  int descriptor(int handle) const;
  /// Returns how many descriptors are open.
  size_t open_descriptors() const { return descriptors_.size(); }

  /// A handle in use, and which operations are possible now.
  struct turn {
    int fd;
    bool read;
    bool write;
    bool operator==(const turn&) const = default;
  };
  std::optional<turn> next() const;

private:
  /// A socket of the kernel.
  struct port {
    unique_fd fd;
    time_point opened;
    time_point last_sent = {};
    watch_ptr watched = {}; ///< null before the socket is connected.
    bool readable = false;
    struct question {
      uint16_t id;
      bool answered = false;
    };
    std::vector<question> questions = {}; ///< questions sent from this port; UDP only.
  };
  using ports = std::list<port>;

  /// A socket as the library sees it.
  struct endpoint {
    int family;
    int type;
    int protocol;
    ports all; ///< the current one first; TCP has only one.
    socket_address peer = {};
    bool spare = false; ///< the library has closed it.
    bool wants_write = false;
    bool writable = true; ///< false after EAGAIN.
    size_t readable = 0;  ///< the number of readable ports.

    bool udp() const { return type == SOCK_DGRAM; }
    port& current() { return all.front(); }
  };
  using endpoints = std::unordered_map<int, endpoint>;

  struct place {
    int handle;
    ports::iterator port;
  };

  bool add_port(int handle, endpoint& endpoint, time_point now);
  bool connect_port(endpoint& endpoint, port& p);
  bool renew_port(int handle, endpoint& endpoint, time_point now);
  void drop_port(endpoint& endpoint, ports::iterator p);
  void set_readable(endpoint& endpoint, port& p, bool to);
  ssize_t receive_datagram(endpoint& endpoint, ports::iterator p, size_t& dropped, void* to,
                           size_t size, int flags, sockaddr* from, socklen_t* from_size);
  static bool is_full(const port& p, time_point now);
  int take_spare(int family, time_point now);
  void drop(endpoints::iterator at);

  network_loop& loop_;
  std::function<ready_sink_actor()> owner_;
  std::chrono::milliseconds answer_time_;
  endpoints sockets_;                          ///< by handle.
  std::unordered_map<int, place> descriptors_; ///< every port, by its descriptor.
  int last_handle_ = 0;                        ///< the last number given to a UDP handle.
  int spare_ = -1;                             ///< the handle kept for the next question; -1: none.
};

} // namespace fedhub
