#include "actors/access/tls_relay.hpp"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include "metrics/sockets/socket.hpp"

namespace fedhub {

namespace {

bool socket_may_go_on() { return would_block(errno) || errno == EINTR; }

} // namespace

tls_relay::tls_relay(unique_fd client, ssl_ptr session, const socket_address& from,
                     time_point deadline)
  : client_{std::move(client)}, session_{std::move(session)}, from_{from}, group_{from},
    deadline_{deadline}, client_events_{POLLIN} {
  SSL_set_fd(session_.get(), client_.get());
  SSL_set_accept_state(session_.get());
}

bool tls_relay::may_go_on(int result) {
  switch (SSL_get_error(session_.get(), result)) {
  case SSL_ERROR_WANT_READ:
    client_events_ |= POLLIN;
    return true;
  case SSL_ERROR_WANT_WRITE:
    client_events_ |= POLLOUT;
    return true;
  default:
    return false;
  }
}

bool tls_relay::shake_hands(unique_fd& user_end) {
  const int result = SSL_do_handshake(session_.get());
  if (result != 1)
    return may_go_on(result);
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
    return false;
  plain_ = unique_fd{ends[0]};
  user_end = unique_fd{ends[1]};
  phase_ = phase::open;
  deadline_ = time_point::max();
  return true;
}

bool tls_relay::read_client() {
  while (in_.empty() && !client_ended_) {
    size_t count = 0;
    const int result = SSL_read_ex(session_.get(), in_.room(), relay_buffer::capacity, &count);
    if (result != 1) {
      if (SSL_get_error(session_.get(), result) != SSL_ERROR_ZERO_RETURN)
        return may_go_on(result);
      client_ended_ = true;
      shutdown(plain_.get(), SHUT_WR);
      return true;
    }
    in_.filled(count);
    if (!write_plain())
      return false;
  }
  return true;
}

bool tls_relay::write_plain() {
  while (!in_.empty()) {
    const ssize_t count = send(plain_.get(), in_.data(), in_.size(), MSG_NOSIGNAL);
    if (count < 0) {
      plain_events_ |= POLLOUT;
      return socket_may_go_on();
    }
    in_.written(static_cast<size_t>(count));
  }
  return true;
}

bool tls_relay::read_plain() {
  while (out_.empty() && !plain_ended_) {
    const ssize_t count = recv(plain_.get(), out_.room(), relay_buffer::capacity, 0);
    if (count < 0) {
      plain_events_ |= POLLIN;
      return socket_may_go_on();
    }
    plain_ended_ = count == 0;
    out_.filled(static_cast<size_t>(count));
    if (!write_client())
      return false;
  }
  return true;
}

bool tls_relay::write_client() {
  while (!out_.empty()) {
    size_t count = 0;
    const int result = SSL_write_ex(session_.get(), out_.data(), out_.size(), &count);
    if (result != 1)
      return may_go_on(result);
    out_.written(count);
  }
  return true;
}

unique_fd tls_relay::proceed(time_point now, std::chrono::milliseconds farewell) {
  unique_fd user_end;
  client_events_ = 0;
  plain_events_ = 0;
  ERR_clear_error();
  bool good = phase_ != phase::over;
  if (good && phase_ == phase::handshake)
    good = shake_hands(user_end);
  if (good && phase_ == phase::open) {
    good = write_plain() && read_client() && write_client() && read_plain();
    if (good && plain_ended_ && out_.empty()) {
      SSL_shutdown(session_.get());
      shutdown(client_.get(), SHUT_WR);
      plain_.reset();
      phase_ = phase::farewell;
      deadline_ = now + farewell;
    }
  }
  if (good && phase_ == phase::farewell) {
    // Unread input would turn the close into a reset, and the client could lose the response.
    ssize_t count = 0;
    do
      count = recv(client_.get(), in_.room(), relay_buffer::capacity, 0);
    while (count > 0);
    good = count < 0 && socket_may_go_on();
    client_events_ = POLLIN;
    plain_events_ = 0;
  }
  if (!good)
    phase_ = phase::over;
  return user_end;
}

} // namespace fedhub
