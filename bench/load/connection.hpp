// One TCP connection, with or without TLS.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "bench/load/address.hpp"
#include "bench/load/event_loop.hpp"
#include "bench/load/tls.hpp"

namespace fedhub::load {

enum class tls_role : uint8_t { client, server };

/// Reads into the loop's buffer and keeps what its owner leaves; writes from a buffer of its own.
/// After it has closed it is mute, until its owner destroys it by `event_loop::dispose`, or with
/// itself.
class connection final : public io_handler {
public:
  class owner {
  public:
    virtual void on_connected() = 0; ///< only of a connection made by `open`.
    virtual void on_secured() = 0;   ///< the handshake after `start_tls` is done.
    /// @param pending all that was received and not yet taken.
    /// @param at when it was read.
    /// @returns how many octets were taken.
    virtual size_t on_input(std::string_view pending, nanos at) = 0;
    /// All that was buffered has been written, after some of it could not be at once.
    virtual void on_writable() = 0;
    /// @param why empty if the peer ended the connection in order. The last call.
    virtual void on_closed(std::string_view why) = 0;

  protected:
    ~owner() = default;
  };

  /// @param loop, events outlive it.
  connection(event_loop& loop, owner& events) : loop_(loop), owner_(events) {}

  /// Starts to connect. @param source local IPv4 address, host order; 0: any.
  /// @returns an errno value, 0 if it goes on.
  int open(const address& to, uint32_t source);
  /// Takes a connected, non-blocking socket that an `acceptor` gave.
  void adopt(unique_fd fd);

  /// @pre all of the input so far was taken.
  void start_tls(SSL_CTX* context, tls_role role, const char* server_name = nullptr);
  bool secured() const { return tls_ && state_ == state::open; }

  /// Room for `size` octets behind what is unsent; `commit` says how many were put there. To be
  /// followed by `flush`, some time.
  char* reserve(size_t size);
  void commit(size_t size) { end_ += size; }
  void put(std::string_view text);
  /// Writes what the socket takes; the rest goes as soon as it can.
  /// @param last `close` comes next: what is unsent goes with it, in one packet if in clear.
  void flush(bool last = false);
  size_t unsent() const { return end_ - begin_; }

  /// Closes at once; the owner is not told.
  void close();
  bool closed() const { return !fd_; }
  /// Reads nothing any more, so that the peer's window fills.
  void stop_reading();

  void on_events(uint32_t events) override;

private:
  enum class state : uint8_t { connecting, handshaking, open };

  void on_connect_done();
  void handshake();
  void read();
  /// @returns octets read, 0 if there are none now, -1 if the connection has ended.
  ptrdiff_t read_some(char* to, size_t room);
  void want_write(bool yes);
  void end(std::string_view why);
  std::string tls_fault(int result) const;

  event_loop& loop_;
  owner& owner_;
  unique_fd fd_;
  ssl_session tls_;
  state state_ = state::connecting;
  bool reading_ = true;
  bool wants_write_ = false;
  std::string rest_; ///< received and not taken.
  std::unique_ptr<char[]> out_;
  size_t capacity_ = 0, begin_ = 0, end_ = 0;
};

} // namespace fedhub::load
