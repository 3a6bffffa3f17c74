// The sockets of a DNS channel.
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

/// Opens, watches and closes sockets for the DNS library, and knows which of them it is worth
/// asking. Errors are told as the kernel tells them: -1, and errno.
///
/// A UDP socket of the library's is a handle for several of the kernel's. A port is one of the two
/// secrets that a forger has to guess (RFC 5452 §9.2), and the library keeps its socket for as long
/// as any question is open. So each of the kernel's takes `questions_per_port` questions within
/// `reuse_time`; the next question gets a new one, with another random port. Older ones stay open
/// for their answers. An answer counts only where its question was sent (RFC 5452 §9.1).
///
/// The library closes its sockets whenever no question is open, and most questions are alone. So
/// the last UDP socket is kept, and is the next question's, within the same bounds.
///
/// Belongs to one actor.
class dns_sockets {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// A UDP socket of this age is not used again.
  static constexpr std::chrono::seconds reuse_time{1};
  /// Questions sent from one port, repetitions included.
  static constexpr size_t questions_per_port = 32;
  /// Ports of one handle that wait for answers. Beyond it the oldest is closed; what it still waits
  /// for is asked again.
  static constexpr size_t max_older_ports = 256;
  /// Datagrams dropped in one call of `receive`.
  static constexpr size_t max_dropped = 64;

  /// @param owner as that of `dns_channel`.
  /// @param answer_time how long a port stays open for answers after its last question.
  dns_sockets(network_loop& loop, std::function<ready_sink_actor()> owner,
              std::chrono::milliseconds answer_time)
    : loop_(loop), owner_(std::move(owner)), answer_time_(answer_time) {}
  ~dns_sockets();
  dns_sockets(const dns_sockets&) = delete;
  dns_sockets& operator=(const dns_sockets&) = delete;

  /// @returns a handle: a descriptor for TCP, some other number for UDP.
  int open(int family, int type, int protocol, time_point now);
  /// The loop watches the socket from here on.
  int connect(int fd, const sockaddr* to, socklen_t size);
  void close(int fd, time_point now);
  ssize_t receive(int fd, void* to, size_t size, int flags, sockaddr* from, socklen_t* from_size);
  ssize_t send(int fd, const iovec* from, int count, time_point now);
  /// The library holds octets that it could not write yet, or no more.
  void wants_write(int fd, bool x);

  /// The loop has news of a descriptor; others' are ignored. @returns whether it is one of these.
  bool news(int fd);

  /// The descriptor that a handle's next question leaves by; -1 if there is no such handle.
  int descriptor(int handle) const;
  /// Descriptors that are open.
  size_t open_descriptors() const { return descriptors_.size(); }

  /// A handle in use, and what may be done with it now.
  struct turn {
    int fd;
    bool read;
    bool write;
    bool operator==(const turn&) const = default;
  };
  std::optional<turn> next() const;

private:
  /// A socket of the kernel's.
  struct port {
    unique_fd fd;
    time_point opened;
    time_point last_sent = {};
    watch_ptr watched = {}; ///< null until it is connected.
    bool readable = false;
    struct question {
      uint16_t id;
      bool answered = false;
    };
    std::vector<question> questions = {}; ///< sent from here; of UDP only.
  };
  using ports = std::list<port>;

  /// What the library takes for a socket.
  struct endpoint {
    int family;
    int type;
    int protocol;
    ports all; ///< the current one first; TCP has no other.
    socket_address peer = {};
    bool spare = false; ///< the library has closed it.
    bool wants_write = false;
    bool writable = true; ///< until the kernel says EAGAIN.
    size_t readable = 0;  ///< ports that are.

    bool udp() const { return type == SOCK_DGRAM; }
    port& current() { return all.front(); }
  };
  using endpoints = std::unordered_map<int, endpoint>;

  struct place {
    int handle;
    ports::iterator port;
  };

  bool add_port(int handle, endpoint& x, time_point now);
  bool connect_port(endpoint& x, port& p);
  bool renew_port(int handle, endpoint& x, time_point now);
  void drop_port(endpoint& x, ports::iterator p);
  void set_readable(endpoint& x, port& p, bool to);
  ssize_t receive_datagram(endpoint& x, ports::iterator p, size_t& dropped, void* to, size_t size,
                           int flags, sockaddr* from, socklen_t* from_size);
  static bool is_full(const port& p, time_point now);
  int take_spare(int family, time_point now);
  void drop(endpoints::iterator x);

  network_loop& loop_;
  std::function<ready_sink_actor()> owner_;
  std::chrono::milliseconds answer_time_;
  endpoints sockets_;                          ///< by handle.
  std::unordered_map<int, place> descriptors_; ///< of all ports.
  int last_handle_ = 0;                        ///< of UDP.
  int spare_ = -1;                             ///< the one there may be.
};

} // namespace fedhub
