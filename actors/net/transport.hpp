// The octets of a connection: a TCP socket, and TLS on it once that is negotiated.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include <openssl/ssl.h>

#include "actors/net/socket_io.hpp"
#include "actors/runtime/thread_heap.hpp"
#include "metrics/sockets/socket.hpp"

namespace fedhub {

struct ssl_deleter {
  void operator()(SSL* x) const { SSL_free(x); }
};
using ssl_ptr = std::unique_ptr<SSL, ssl_deleter>;

enum class io_status : uint8_t { ok, would_block, end, error };

struct io_result {
  io_status status = io_status::ok;
  size_t bytes = 0;
};

/// A connected non-blocking socket, in clear text or with TLS. Belongs to one actor.
class transport {
public:
  /// The size of the plain text of the largest TLS record. After `write` with TLS has returned
  /// `would_block`, the first `record_bytes` octets of the next call have to be the same.
  static constexpr size_t record_bytes = 16384;

  explicit transport(unique_fd fd);
  ~transport();

  int fd() const { return io_.fd(); }

  /// Call after an event: there may be something to read again; see `socket_io::news`. Until then,
  /// `read` and `handshake` find nothing more once they have read everything.
  void news(bool hangup) { io_.news(hangup); }

  /// Reads once. `end` means that the peer has closed its side. With TLS, it has sent close_notify
  /// or only ended TCP. Both count as `end`, since XMPP's stream footer distinguishes a closed
  /// stream from a cut one.
  io_result read(char* to, size_t capacity);

  /// Writes `parts` once, as much as the socket takes: one system call, or one TLS record of up to
  /// 16 KiB gathered from them.
  /// @param more octets or `shutdown_write` follow at once, so the kernel need not send a packet
  /// for this part alone.
  /// @returns `ok` with at least one octet written, or the reason why none was.
  io_result write(const iovec* parts, size_t count, bool more = false);

  /// Returns whether everything that has arrived was read, as far as is known.
  bool drained() const { return io_.drained(); }

  /// Returns whether the kernel had no room for the last write. If it had room, and `write` has
  /// returned `would_block`, OpenSSL waits for octets of the peer: it has read a part of a
  /// handshake message.
  bool full() const { return io_.full(); }

  /// Starts TLS on the socket. `handshake` then drives it.
  void start_tls(ssl_ptr ssl);
  /// Continues the handshake. @returns `ok` when it is done.
  io_status handshake();
  bool tls() const { return ssl_ != nullptr; }
  SSL* ssl() const { return ssl_.get(); }

  /// Ends the sending side: TLS close_notify, then TCP FIN. The peer's octets can still be read.
  void shutdown_write();

  /// Has the end of the socket reset the connection, so that the kernel does not send what the peer
  /// has not acknowledged.
  void drop_pending();

  /// Returns the octets of TCP payload since the last call, TLS included. The two functions below
  /// return those of the whole connection.
  octet_counts take_octets() { return io_.take_octets(); }
  uint64_t octets_read() const { return io_.octets_read(); }
  uint64_t octets_written() const { return io_.octets_written(); }

  /// Returns the heap memory that the TLS session has allocated so far, in octets.
  int64_t tls_octets() const { return tls_octets_; }
  /// Adds to the session's memory what is allocated, and not freed, while the result exists.
  heap_meter count_tls() { return heap_meter{tls_octets_}; }
  /// Sets whether TCP reports which octets have arrived at the peer's kernel. The creator of the
  /// socket knows.
  void confirmable(bool x) { confirmable_ = x; }
  bool confirmable() const { return confirmable_; }
  /// Returns how many of `octets_written` are acknowledged, also for a connection that has failed.
  /// @pre `confirmable()`
  uint64_t octets_acknowledged() const;

  /// Marks the end of the octets that have arrived so far.
  void mark();
  /// Returns whether there is a mark and the next `read` returns octets after it.
  bool past_mark() const {
    return octets_read() >= mark_ && !(ssl_ && SSL_pending(ssl_.get()) > 0);
  }

  /// Returns the last error as text, from errno or OpenSSL.
  const std::string& last_error() const { return error_; }

private:
  io_result fail_ssl(int result);
  io_result fail_errno();
  io_result write_clear(const iovec* parts, size_t count, bool more);

  socket_io io_;
  ssl_ptr ssl_; ///< reads and writes `io_`.
  int64_t tls_octets_ = 0;
  std::string error_;
  uint64_t mark_ = UINT64_MAX; ///< the value of `octets_read` at the mark.
  /// The plain text, in octets, of the TLS record that waits for the socket. The next write has
  /// exactly this length.
  uint32_t offered_ = 0;
  bool confirmable_ = false;
  bool shut_ = false; ///< a FIN was sent; TCP counts it as an octet.
};

} // namespace fedhub
