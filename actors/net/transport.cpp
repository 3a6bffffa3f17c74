#include "actors/net/transport.hpp"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <tuple>

#include <openssl/err.h>

#include "actors/net/tls_reading.hpp"
#include "metrics/sockets/socket.hpp"

namespace fedhub {

namespace {

/// Parts that are smaller than this on average are copied into one buffer. The kernel takes several
/// times as long for each part as the copy does, and the copy is in the cache.
constexpr size_t small_part = 1024;

/// The buffer for it. Each scheduler thread has its own, since a write never suspends.
thread_local std::array<char, 65536> gather_buffer;
static_assert(std::tuple_size_v<decltype(gather_buffer)> >= transport::record_bytes);

/// How many records without data one connection may send. A change of keys is due after 2^24
/// records at the earliest, and servers send a few tickets.
constexpr uint64_t records_without_data = 64;
/// One more record without data is allowed for this many octets read.
constexpr uint64_t octets_per_record_without_data = 65536;

/// Copies the parts, at most `limit` octets. @returns how many.
size_t gather(const iovec* parts, size_t count, size_t limit) {
  size_t size = 0;
  for (size_t i = 0; i < count && size < limit; ++i) {
    auto n = std::min(parts[i].iov_len, limit - size);
    std::memcpy(gather_buffer.data() + size, parts[i].iov_base, n);
    size += n;
  }
  return size;
}

size_t total(const iovec* parts, size_t count) {
  size_t size = 0;
  for (size_t i = 0; i < count; ++i)
    size += parts[i].iov_len;
  return size;
}

/// Returns the size of the plain text of the largest record that the peer accepts (RFC 6066 §4).
size_t record_limit(const SSL* ssl) {
  constexpr size_t least = 512;
  const auto* session = SSL_get_session(ssl);
  if (session == nullptr)
    return transport::record_bytes;
  const auto code = SSL_SESSION_get_max_fragment_length(session);
  return code == TLSEXT_max_fragment_length_512    ? least
         : code == TLSEXT_max_fragment_length_1024 ? 2 * least
         : code == TLSEXT_max_fragment_length_2048 ? 4 * least
         : code == TLSEXT_max_fragment_length_4096 ? 8 * least
                                                   : transport::record_bytes;
}

bool small(const iovec* parts, size_t count) { return total(parts, count) < count * small_part; }

} // namespace

transport::transport(unique_fd fd) : io_(std::move(fd)) {}

transport::~transport() = default;

io_result transport::fail_errno() {
  if (would_block(errno))
    return {io_status::would_block, 0};
  error_ = std::generic_category().message(errno);
  return {io_status::error, 0};
}

io_result transport::fail_ssl(int result) {
  auto saved = errno;
  switch (SSL_get_error(ssl_.get(), result)) {
  case SSL_ERROR_WANT_READ:
  case SSL_ERROR_WANT_WRITE:
    return {io_status::would_block, 0};
  case SSL_ERROR_ZERO_RETURN:
    return {io_status::end, 0};
  case SSL_ERROR_SYSCALL:
    if (saved == 0)
      return {io_status::end, 0};
    error_ = std::generic_category().message(saved);
    return {io_status::error, 0};
  default: {
    auto code = ERR_peek_last_error();
    if (ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
      ERR_clear_error();
      return {io_status::end, 0};
    }
    const char* reason = ERR_reason_error_string(code);
    error_ = reason != nullptr ? reason : "TLS failure";
    ERR_clear_error();
    return {io_status::error, 0};
  }
  }
}

io_result transport::read(char* to, size_t capacity) {
  // SSL_read_ex may return before it has data or the socket is empty, and is then called again.
  // This happens after a record of the handshake that arrives later, once OpenSSL's buffer is empty
  // (SSL_MODE_AUTO_RETRY is not set), and where `tls_reading` ends OpenSSL's own loops.
  while (ssl_) {
    const auto counted = count_tls();
    auto& reading = reading_of(ssl_.get());
    reading.begin(true);
    ERR_clear_error();
    errno = 0;
    const bool rest = SSL_pending(ssl_.get()) > 0; // octets of a record that was already counted
    size_t got = 0;
    int result = SSL_read_ex(ssl_.get(), to, capacity, &got);
    if (result == 1 && !rest && reading.records_with_none > 0)
      --reading.records_with_none;
    auto done = result == 1 ? io_result{io_status::ok, got} : fail_ssl(result);
    const bool live = done.status == io_status::ok || done.status == io_status::would_block;
    if (live
        && reading.records_with_none
             > records_without_data + io_.octets_read() / octets_per_record_without_data) {
      error_ = "too many TLS records without data";
      return {io_status::error, 0};
    }
    if (done.status != io_status::would_block || !reading.interrupted()
        || (SSL_want_write(ssl_.get()) && !reading.held_back))
      return done;
  }
  auto n = io_.read(to, capacity);
  if (n > 0)
    return {io_status::ok, static_cast<size_t>(n)};
  return n == 0 ? io_result{io_status::end, 0} : fail_errno();
}

io_result transport::write_clear(const iovec* parts, size_t count, bool more) {
  iovec gathered{gather_buffer.data(), 0};
  if (count > 1 && small(parts, count)) {
    gathered.iov_len = gather(parts, count, gather_buffer.size());
    parts = &gathered;
    count = 1;
  }
  auto n = io_.write(parts, count, more);
  if (n <= 0)
    return fail_errno();
  return {io_status::ok, static_cast<size_t>(n)};
}

io_result transport::write(const iovec* parts, size_t count, bool more) {
  if (!ssl_)
    return write_clear(parts, count, more);
  const auto counted = count_tls();
  // SSL_write(3) requires the same length when a write is repeated. With a longer one it goes on
  // with a second record, and may then report that nothing was written, though the peer has the
  // whole first one.
  const size_t most = offered_ > 0 ? offered_ : record_limit(ssl_.get());
  const void* data = parts[0].iov_base;
  size_t size = std::min(parts[0].iov_len, most);
  if (size < most && count > 1) {
    size = gather(parts, count, most);
    data = gather_buffer.data();
  }
  ERR_clear_error();
  errno = 0;
  size_t written = 0;
  reading_of(ssl_.get()).begin();
  io_.more(more || size < total(parts, count)); // so that many records wake the peer only once
  int result = SSL_write_ex(ssl_.get(), data, size, &written);
  io_.more(false);
  const auto done = result == 1 ? io_result{io_status::ok, written} : fail_ssl(result);
  offered_ = done.status == io_status::would_block ? static_cast<uint32_t>(size) : 0;
  return done;
}

void transport::start_tls(ssl_ptr ssl) {
  ssl_ = std::move(ssl);
  auto* bio = io_.make_bio();
  SSL_set_bio(ssl_.get(), bio, bio);
  count_records(ssl_.get());
}

io_status transport::handshake() {
  ERR_clear_error();
  errno = 0;
  const auto counted = count_tls();
  reading_of(ssl_.get()).begin();
  int result = SSL_do_handshake(ssl_.get());
  if (result == 1)
    reading_of(ssl_.get()).records_with_none = 0; // records of the handshake do not count
  return result == 1 ? io_status::ok : fail_ssl(result).status;
}

void transport::shutdown_write() {
  if (ssl_ && SSL_is_init_finished(ssl_.get())) {
    ERR_clear_error();
    reading_of(ssl_.get()).begin();
    io_.more(true); // the FIN follows
    SSL_shutdown(ssl_.get());
    io_.more(false);
    ERR_clear_error();
  }
  shut_ = ::shutdown(io_.fd(), SHUT_WR) == 0 || shut_;
}

void transport::drop_pending() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(io_.fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

void transport::mark() {
  int unread = 0;
  if (::ioctl(io_.fd(), FIONREAD, &unread) != 0 || unread < 0)
    unread = 0;
  mark_ = octets_read() + static_cast<uint64_t>(unread);
}

uint64_t transport::octets_acknowledged() const {
  int pending = 0;
  if (::ioctl(io_.fd(), SIOCOUTQ, &pending) != 0 || pending < 0)
    return 0; // unknown: nothing counts as acknowledged
  // The FIN follows all octets, so if any octet is pending, the FIN is pending too.
  const auto octets = static_cast<uint64_t>(pending - (shut_ && pending > 0 ? 1 : 0));
  return octets_written() - std::min(octets, octets_written());
}

} // namespace fedhub
