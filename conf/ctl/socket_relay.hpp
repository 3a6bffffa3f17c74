// A port of loopback that leads to the hub's Unix socket.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include <poll.h>
#include <tl/expected.hpp>

namespace fedhub::ctl {

/// Passes octets between TCP connections to loopback and the hub's socket. Every user of the
/// machine can connect to the port, while the socket belongs to operators. So the relay begins each
/// connection to the socket with a line of the PROXY protocol: from then on the hub takes it for a
/// stranger's, which needs a session.
class socket_relay {
public:
  /// At once. More wait in the kernel.
  static constexpr size_t most_connections = 64;

  /// Listens on a free port. @param path of the hub's socket.
  /// @returns the relay, or a sentence that says what failed.
  static tl::expected<socket_relay, std::string> open(std::string path);

  socket_relay(socket_relay&&) noexcept;
  ~socket_relay();

  /// Returns "127.0.0.1:PORT".
  std::string address() const;

  /// Relays until SIGINT, SIGTERM or SIGHUP.
  void run();

private:
  class descriptor {
  public:
    explicit descriptor(int fd) : fd_{fd} {}
    descriptor(descriptor&& other) noexcept : fd_{other.fd_} { other.fd_ = -1; }
    descriptor& operator=(descriptor&&) = delete;
    ~descriptor();
    int get() const { return fd_; }

  private:
    int fd_;
  };

  /// One direction of a connection.
  struct flow {
    std::string octets = {}; ///< read and not written.
    bool ended = false;      ///< nothing more comes.
    bool closed = false;     ///< the other side knows it.
  };
  struct connection {
    descriptor client;
    descriptor hub;
    flow up = {};
    flow down = {};
  };

  socket_relay(std::string path, descriptor listener, uint16_t port)
    : path_{std::move(path)}, listener_{std::move(listener)}, port_{port} {}

  void accept_one();
  static bool move(const descriptor& from, const descriptor& to, flow& octets);
  static pollfd interest(const descriptor& side, const flow& in, const flow& out);

  std::string path_;
  descriptor listener_;
  uint16_t port_;
  std::list<connection> connections_;
};

} // namespace fedhub::ctl
