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

/// Reads into the loop's buffer, and keeps the octets that its owner has not taken. Writes from a
/// buffer of its own. After it has closed, it makes no calls. Its owner destroys it by
/// `event_loop::dispose`, or together with itself.
class connection final : public io_handler {
public:
  class owner {
  public:
    virtual void on_connected() = 0; ///< only for a connection made by `open`.
    virtual void on_secured() = 0;   ///< the handshake after `start_tls` is done.
    /// Called after a read.
    /// @param pending all octets received and not yet taken.
    /// @param at when they were read.
    /// @returns how many octets were taken.
    virtual size_t on_input(std::string_view pending, nanos at) = 0;
    /// Called when the buffered octets have been written, after the socket was full.
    virtual void on_writable() = 0;
    /// Called when the connection has ended; the last call. @param why empty if the peer ended it
    /// in order.
    virtual void on_closed(std::string_view why) = 0;

  protected:
    ~owner() = default;
  };

  /// @param loop, events outlive the connection.
  connection(event_loop& loop, owner& events) : loop_(loop), owner_(events) {}

  /// Starts to connect. @param source local IPv4 address in host order; 0: any.
  /// @returns an errno value; 0 if it has started.
  int open(const address& to, uint32_t source);
  /// Takes a connected, non-blocking socket from an `acceptor`.
  void adopt(unique_fd fd);

  /// Starts TLS. @pre all input so far was taken.
  void start_tls(SSL_CTX* context, tls_role role, const char* server_name = nullptr);
  bool secured() const { return tls_ && state_ == state::open; }

  /// Returns room for `size` octets after the unsent ones. `commit` reports how many were written
  /// there. Call `flush` some time after.
  char* reserve(size_t size);
  void commit(size_t size) { end_ += size; }
  void put(std::string_view text);
  /// Writes as much as the socket takes; the rest follows as soon as possible.
  /// @param last `close` follows. The unsent octets go with it, in one packet if in clear text.
  void flush(bool last = false);
  size_t unsent() const { return end_ - begin_; }

  /// Closes at once, without a call to the owner.
  void close();
  bool closed() const { return !fd_; }
  /// Stops reading, so that the peer's window fills.
  void stop_reading();

  void on_events(uint32_t events) override;

private:
  enum class state : uint8_t { connecting, handshaking, open };

  void on_connect_done();
  void handshake();
  void read();
  /// @returns the octets read, 0 if there are none now, -1 if the connection has ended.
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
  std::string rest_; ///< octets received and not taken.
  std::unique_ptr<char[]> out_;
  size_t capacity_ = 0, begin_ = 0, end_ = 0;
};

} // namespace fedhub::load
