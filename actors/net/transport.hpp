// The octet end of a connection: a TCP socket, and TLS on it once that is agreed.
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

/// A connected non-blocking socket, in clear or in TLS. Belongs to one actor.
class transport {
public:
  /// Plain text of the largest TLS record. While `write` says `would_block` in TLS, the first so
  /// many octets that the next call gets must be the same.
  static constexpr size_t record_bytes = 16384;

  explicit transport(unique_fd fd);
  ~transport();

  int fd() const { return io_.fd(); }

  /// There may be something to read again; see `socket_io::news`. Without it, `read` and
  /// `handshake` find nothing more once they have found all that there was.
  void news(bool hangup) { io_.news(hangup); }

  /// Reads once. `end`: the peer closed its side (in TLS: said so; a bare end of TCP under TLS
  /// counts as `end` too, since XMPP's own footer tells a cut from a close).
  io_result read(char* to, size_t capacity);

  /// Writes once what is in `parts`, as much as the socket takes: one system call, or one TLS
  /// record of up to 16 KiB gathered from them.
  /// @param more something follows at once, octets or `shutdown_write`: the kernel need not send a
  ///        packet for this part alone.
  /// @returns `ok` with at least one octet written, or the reason why none was.
  io_result write(const iovec* parts, size_t count, bool more = false);

  /// All that has come was read, as far as is known.
  bool drained() const { return io_.drained(); }

  /// The kernel had no room for what was last written. If not, a `write` that would block waits for
  /// octets of the peer: OpenSSL has read a part of a handshake message.
  bool full() const { return io_.full(); }

  /// Layers TLS on the socket; `handshake` drives it.
  void start_tls(ssl_ptr ssl);
  /// @returns `ok` when it is done.
  io_status handshake();
  bool tls() const { return ssl_ != nullptr; }
  SSL* ssl() const { return ssl_.get(); }

  /// Says that nothing more will be written: TLS close_notify, then TCP FIN. The peer's octets can
  /// still be read.
  void shutdown_write();

  /// Octets of TCP payload so far, those of TLS included.
  /// So many since the last call.
  octet_counts take_octets() { return io_.take_octets(); }
  uint64_t octets_read() const { return io_.octets_read(); }
  uint64_t octets_written() const { return io_.octets_written(); }

  /// Octets of memory that the TLS session has taken so far, as far as the heap tells.
  int64_t tls_octets() const { return tls_octets_; }
  /// Counts as the session's what is allocated, and not freed, while the result exists.
  heap_meter count_tls() { return heap_meter{tls_octets_}; }
  /// TCP tells which octets have arrived at the peer's kernel: to be said by who made the socket.
  void confirmable(bool x) { confirmable_ = x; }
  bool confirmable() const { return confirmable_; }
  /// So many of `octets_written` are acknowledged, also by a connection that has failed since.
  /// @pre `confirmable()`
  uint64_t octets_acknowledged() const;

  /// Marks the octets that have come so far.
  void mark();
  /// There is a mark, and the next `read` brings what came after it.
  bool past_mark() const {
    return octets_read() >= mark_ && !(ssl_ && SSL_pending(ssl_.get()) > 0);
  }

  /// The last error in words: errno's or OpenSSL's.
  const std::string& last_error() const { return error_; }

private:
  io_result fail_ssl(int result);
  io_result fail_errno();
  io_result write_clear(const iovec* parts, size_t count, bool more);

  socket_io io_;
  ssl_ptr ssl_; ///< reads and writes `io_`.
  int64_t tls_octets_ = 0;
  std::string error_;
  uint64_t mark_ = UINT64_MAX; ///< octets read when the mark is reached.
  /// Plain text of the TLS record that waits for its socket: neither more nor less comes next.
  uint32_t offered_ = 0;
  bool confirmable_ = false;
  bool shut_ = false; ///< a FIN was sent, which TCP counts as an octet.
};

} // namespace fedhub
