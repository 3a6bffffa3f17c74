// Reads and writes a connected socket, in clear text or as the BIO of OpenSSL.
#pragma once

#include <sys/types.h>
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <utility>

#include <openssl/bio.h>

#include "metrics/sockets/socket.hpp"

namespace fedhub {

/// Octets that a socket has read and written.
struct octet_counts {
  uint64_t read = 0;
  uint64_t written = 0;
};

/// A non-blocking socket that knows when the kernel has nothing to read, and then makes no system
/// call. Belongs to one actor.
class socket_io {
public:
  explicit socket_io(unique_fd fd) : fd_(std::move(fd)) {}
  socket_io(const socket_io&) = delete;
  socket_io& operator=(const socket_io&) = delete;

  int fd() const { return fd_.get(); }

  /// Call after an event (`readiness::readable`): there may be something to read again.
  /// @param hangup the peer's end is still to be read, and no other event will report it.
  void news(bool hangup) {
    drained_ = false;
    hangup_ = hangup_ || hangup;
  }

  /// Reads, with the result of `recv`. After a call that found nothing or did not fill `capacity`,
  /// fails with EAGAIN, without a system call, until `news`.
  ssize_t read(char* to, size_t capacity);
  /// Writes, with the result of `sendmsg`. @param more further octets follow at once, and may go
  /// into the same packet.
  ssize_t write(const iovec* parts, size_t count, bool more = false);

  /// Returns whether there is nothing to read until `news`.
  bool drained() const { return drained_; }

  /// Returns whether the kernel had no room for the last `write`. It has room again once the socket
  /// is writable.
  bool full() const { return full_; }

  /// Returns the octets so far.
  uint64_t octets_read() const { return read_; }
  uint64_t octets_written() const { return written_; }
  /// Returns the octets since the last call.
  octet_counts take_octets() {
    const octet_counts news{read_ - taken_.read, written_ - taken_.written};
    taken_ = {read_, written_};
    return news;
  }
  /// Returns whether the peer's end was read.
  bool ended() const { return ended_; }

  /// Makes the BIO that OpenSSL reads from and writes to. This object has to outlive it.
  BIO* make_bio();
  /// Sets whether further octets follow at once after OpenSSL's next write.
  void more(bool x) { more_ = x; }

private:
  static const BIO_METHOD* method();
  static int bio_read(BIO* bio, char* to, int capacity);
  static int bio_write(BIO* bio, const char* from, int size);
  static long bio_control(BIO* bio, int command, long, void*);

  unique_fd fd_;
  bool drained_ = false;
  bool hangup_ = false;
  bool ended_ = false;
  bool more_ = false;
  bool full_ = false;
  uint64_t read_ = 0;
  uint64_t written_ = 0;
  octet_counts taken_; ///< the counts at the last `take_octets`.
};

} // namespace fedhub
