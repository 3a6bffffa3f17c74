#include "actors/net/socket_io.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <cstdlib>

#include "actors/net/tls_reading.hpp"
#include "metrics/sockets/socket.hpp"

namespace fedhub {

namespace {

tls_reading& state_of(BIO* bio) { return *static_cast<tls_reading*>(BIO_get_data(bio)); }
socket_io& socket_of(BIO* bio) { return *state_of(bio).socket; }

/// The most reads of the socket that one TLS record needs.
constexpr uint32_t reads_per_call = 2;

/// A call that returns data reads one record, and rarely a ticket or a change of keys before it.
constexpr uint32_t records_per_call = 32;

int bio_destroy(BIO* bio) {
  delete static_cast<tls_reading*>(BIO_get_data(bio));
  return 1;
}

} // namespace

void tls_reading::begin(bool data) {
  reads_data = data;
  reads_left = reads_per_call;
  starved = false;
  records_left = records_per_call;
  answers_held = held_back = false;
}

void tls_reading::record_begins() {
  ++records_with_none; // `transport::read` takes it back if the record has data
  if (records_left > 0 && --records_left == 0)
    reads_left = 0;
  answers_held = reads_data && records_left == 0;
}

void count_records(SSL* ssl) {
  SSL_set_msg_callback(ssl,
                       [](int written, int, int type, const void*, size_t, SSL* session, void*) {
                         if (written == 0 && type == SSL3_RT_HEADER)
                           reading_of(session).record_begins();
                       });
}

tls_reading& reading_of(const SSL* x) { return state_of(SSL_get_rbio(x)); }

ssize_t socket_io::read(char* to, size_t capacity) {
  if (drained_) {
    errno = EAGAIN;
    return -1;
  }
  ssize_t n;
  do
    n = ::recv(fd_.get(), to, capacity, 0);
  while (n < 0 && errno == EINTR);
  if (n > 0)
    read_ += static_cast<uint64_t>(n);
  else if (n == 0)
    ended_ = true;
  // Octets that arrive after a short read cause a new edge. But the peer's end may belong to this
  // one.
  drained_ = n < 0 ? would_block(errno) : !hangup_ && n > 0 && static_cast<size_t>(n) < capacity;
  return n;
}

ssize_t socket_io::write(const iovec* parts, size_t count, bool more) {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(parts);
  message.msg_iovlen = count;
  ssize_t n;
  do
    n = ::sendmsg(fd_.get(), &message, MSG_NOSIGNAL | (more ? MSG_MORE : 0));
  while (n < 0 && errno == EINTR);
  full_ = n < 0 && would_block(errno);
  if (n > 0)
    written_ += static_cast<uint64_t>(n);
  return n;
}

int socket_io::bio_read(BIO* bio, char* to, int capacity) {
  BIO_clear_retry_flags(bio);
  auto& state = state_of(bio);
  if (state.reads_left == 0) {
    BIO_set_retry_read(bio);
    return -1;
  }
  --state.reads_left;
  auto n = state.socket->read(to, static_cast<size_t>(capacity));
  if (n < 0 && would_block(errno)) {
    state.starved = true;
    BIO_set_retry_read(bio);
  }
  return static_cast<int>(n);
}

int socket_io::bio_write(BIO* bio, const char* from, int size) {
  BIO_clear_retry_flags(bio);
  if (auto& state = state_of(bio); state.answers_held) {
    state.held_back = true;
    BIO_set_retry_write(bio);
    return -1;
  }
  auto& socket = socket_of(bio);
  iovec part{const_cast<char*>(from), static_cast<size_t>(size)};
  auto n = socket.write(&part, 1, socket.more_);
  if (n < 0 && would_block(errno))
    BIO_set_retry_write(bio);
  return static_cast<int>(n);
}

long socket_io::bio_control(BIO* bio, int command, long, void*) {
  switch (command) {
  case BIO_CTRL_FLUSH:
    return 1; // nothing is buffered here
  case BIO_CTRL_EOF:
    return socket_of(bio).ended_ ? 1 : 0;
  default:
    return 0;
  }
}

const BIO_METHOD* socket_io::method() {
  static const BIO_METHOD* const instance = [] {
    auto* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "fedhub socket");
    if (made == nullptr)
      std::abort(); // out of memory
    BIO_meth_set_read(made, bio_read);
    BIO_meth_set_write(made, bio_write);
    BIO_meth_set_ctrl(made, bio_control);
    BIO_meth_set_destroy(made, bio_destroy);
    return made;
  }();
  return instance;
}

BIO* socket_io::make_bio() {
  auto* made = BIO_new(method());
  if (made == nullptr)
    std::abort(); // out of memory
  BIO_set_data(made, new tls_reading{.socket = this});
  BIO_set_init(made, 1);
  return made;
}

} // namespace fedhub
