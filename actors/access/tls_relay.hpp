// One connection between a TLS client and a plain socket.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "actors/net/address_group.hpp"
#include "actors/net/transport.hpp"
#include "metrics/sockets/socket_address.hpp"
#include "metrics/sockets/unique_fd.hpp"

namespace fedhub {

/// Octets that were read from one side and are to be written to the other.
class relay_buffer {
public:
  static constexpr size_t capacity = 16'384;

  bool empty() const { return begin_ == end_; }
  const char* data() const { return octets_.data() + begin_; }
  size_t size() const { return end_ - begin_; }
  char* room() { return octets_.data(); } ///< @pre empty().
  void filled(size_t count) { begin_ = 0, end_ = count; }
  void written(size_t count) { begin_ += count; }

private:
  std::array<char, capacity> octets_;
  size_t begin_ = 0;
  size_t end_ = 0;
};

/// Moves octets as far as both sockets allow. It never waits.
class tls_relay {
public:
  using time_point = std::chrono::steady_clock::time_point;
  enum class phase : uint8_t {
    handshake, ///< the plain side does not exist yet.
    open,
    farewell, ///< all is written, and the client has yet to close.
    over,
  };

  tls_relay(unique_fd client, ssl_ptr session, const socket_address& from, time_point deadline);

  /// Goes on with the connection.
  /// @returns the socket for the plain side's user, if the handshake has just been completed.
  unique_fd proceed(time_point now, std::chrono::milliseconds farewell);

  phase now() const { return phase_; }
  /// Returns when the connection is over, whatever its ends do; the latest time for an open one.
  time_point deadline() const { return deadline_; }
  const socket_address& from() const { return from_; }
  const address_group& group() const { return group_; }

  int client_fd() const { return client_.get(); }
  int plain_fd() const { return plain_.get(); } ///< -1: none.
  /// @name Return the events of `poll` to wait for.
  /// @{
  short client_events() const { return client_events_; }
  short plain_events() const { return plain_events_; }
  /// @}

private:
  bool shake_hands(unique_fd& user_end);
  bool read_client();
  bool write_client();
  bool read_plain();
  bool write_plain();
  /// Judges the result of an OpenSSL call, and notes what it waits for.
  bool may_go_on(int result);

  unique_fd client_;
  unique_fd plain_;
  ssl_ptr session_;
  socket_address from_;
  address_group group_;
  time_point deadline_;
  phase phase_ = phase::handshake;
  short client_events_ = 0;
  short plain_events_ = 0;
  bool client_ended_ = false; ///< sends nothing more.
  bool plain_ended_ = false;  ///< likewise.
  relay_buffer in_;  ///< from the client.
  relay_buffer out_; ///< to the client.
};

} // namespace fedhub
