// Reading and writing a connected socket: in clear, or as what OpenSSL reads and writes.
#pragma once

#include <sys/types.h>
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <utility>

#include <openssl/bio.h>

#include "metrics/sockets/socket.hpp"

namespace fedhub {

/// Octets of a socket.
struct octet_counts {
  uint64_t read = 0;
  uint64_t written = 0;
};

/// A non-blocking socket that is not asked for octets which it can't have. Belongs to one actor.
class socket_io {
public:
  explicit socket_io(unique_fd fd) : fd_(std::move(fd)) {}
  socket_io(const socket_io&) = delete;
  socket_io& operator=(const socket_io&) = delete;

  int fd() const { return fd_.get(); }

  /// There may be something to read again (`readiness::readable`).
  /// @param hangup the peer's end is to be read: no other news will tell of it.
  void news(bool hangup) {
    drained_ = false;
    hangup_ = hangup_ || hangup;
  }

  /// As `recv`. After a call that did not fill its room, or found nothing, there is nothing more
  /// until `news`: it fails with EAGAIN then, without asking the kernel.
  ssize_t read(char* to, size_t capacity);
  /// As `sendmsg`. @param more what follows comes at once, and may go with this.
  ssize_t write(const iovec* parts, size_t count, bool more = false);

  /// Until `news`, there is nothing to read.
  bool drained() const { return drained_; }

  /// The kernel had no room for the last `write`: there is some when it can be written again.
  bool full() const { return full_; }

  /// Octets so far.
  uint64_t octets_read() const { return read_; }
  uint64_t octets_written() const { return written_; }
  /// So many since the last call.
  octet_counts take_octets() {
    const octet_counts news{read_ - taken_.read, written_ - taken_.written};
    taken_ = {read_, written_};
    return news;
  }
  /// The peer's end was read.
  bool ended() const { return ended_; }

  /// What OpenSSL is to read from and to write to. This has to outlive it.
  BIO* make_bio();
  /// Whether what OpenSSL writes is followed by more at once.
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
  octet_counts taken_; ///< by `take_octets`.
};

} // namespace fedhub
