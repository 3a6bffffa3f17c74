#include "bench/load/connection.hpp"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include <openssl/err.h>

namespace fedhub::load {

namespace {

std::string errno_text(int error) { return std::generic_category().message(error); }

void set_no_delay(int fd) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

} // namespace

int connection::open(const address& to, uint32_t source) {
  fd_ = unique_fd{::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!fd_)
    return errno;
  set_no_delay(fd_.get());
  if (source != 0) {
    // connect chooses the port, since it knows the whole four-tuple.
    const int on = 1;
    setsockopt(fd_.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    const sockaddr_in from = address{source, 0}.socket_address();
    if (::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0)
      return errno;
  }
  const sockaddr_in target = to.socket_address();
  if (::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&target), sizeof target) != 0
      && errno != EINPROGRESS)
    return errno;
  state_ = state::connecting;
  wants_write_ = true;
  loop_.add(fd_.get(), EPOLLIN | EPOLLOUT, *this);
  return 0;
}

void connection::adopt(unique_fd fd) {
  fd_ = std::move(fd);
  state_ = state::open;
  loop_.add(fd_.get(), EPOLLIN, *this);
}

void connection::start_tls(SSL_CTX* context, tls_role role, const char* server_name) {
  tls_.reset(SSL_new(context));
  if (!tls_ || SSL_set_fd(tls_.get(), fd_.get()) != 1)
    return end("no TLS session");
  if (role == tls_role::client) {
    SSL_set_connect_state(tls_.get());
    if (server_name)
      SSL_set_tlsext_host_name(tls_.get(), server_name);
  } else {
    SSL_set_accept_state(tls_.get());
  }
  // The handshake begins at the next event, not inside this call, which may come from `on_input`.
  state_ = state::handshaking;
  want_write(role == tls_role::client);
}

void connection::on_events(uint32_t events) {
  if (!fd_)
    return;
  if (state_ == state::connecting)
    return on_connect_done();
  if (state_ == state::handshaking)
    return handshake();
  if (events & EPOLLOUT) {
    flush();
    if (!fd_)
      return;
    if (!wants_write_)
      owner_.on_writable();
  }
  if (!fd_)
    return;
  if (!reading_ && events & (EPOLLHUP | EPOLLERR))
    return end("reset");
  if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
    read();
}

void connection::on_connect_done() {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0)
    return end("cannot connect: " + errno_text(error));
  state_ = state::open;
  want_write(false);
  owner_.on_connected();
}

void connection::handshake() {
  ERR_clear_error();
  const int result = SSL_do_handshake(tls_.get());
  if (result == 1) {
    state_ = state::open;
    want_write(false);
    owner_.on_secured();
    // Octets that came with the handshake's last flight are in OpenSSL, where epoll does not see
    // them.
    if (fd_)
      read();
    return;
  }
  switch (SSL_get_error(tls_.get(), result)) {
  case SSL_ERROR_WANT_READ:
    return want_write(false);
  case SSL_ERROR_WANT_WRITE:
    return want_write(true);
  default:
    end("TLS handshake: " + tls_fault(result));
  }
}

ptrdiff_t connection::read_some(char* to, size_t room) {
  if (!tls_) {
    const ssize_t got = ::recv(fd_.get(), to, room, 0);
    if (got > 0)
      return got;
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
      return 0;
    end(got == 0 ? "" : errno_text(errno));
    return -1;
  }
  size_t total = 0;
  while (total < room) {
    ERR_clear_error();
    const int got = SSL_read(tls_.get(), to + total, static_cast<int>(room - total));
    if (got > 0) {
      total += static_cast<size_t>(got);
      continue;
    }
    const int error = SSL_get_error(tls_.get(), got);
    if (error == SSL_ERROR_WANT_READ || total > 0)
      break; // an end is reported again by the next read
    end(error == SSL_ERROR_ZERO_RETURN ? "" : tls_fault(got));
    return -1;
  }
  return static_cast<ptrdiff_t>(total);
}

void connection::read() {
  while (fd_ && reading_ && state_ == state::open) {
    const size_t kept = rest_.size();
    if (kept == event_loop::buffer_size)
      return end("an element without end");
    std::memcpy(loop_.buffer(), rest_.data(), kept);
    const size_t room = event_loop::buffer_size - kept;
    const ptrdiff_t got = read_some(loop_.buffer() + kept, room);
    if (got <= 0)
      return;
    const std::string_view pending{loop_.buffer(), kept + static_cast<size_t>(got)};
    rest_.clear();
    const size_t taken = owner_.on_input(pending, loop_.now());
    if (!fd_)
      return;
    rest_.assign(pending.substr(taken));
    // epoll reports octets left in a socket, but not octets left in OpenSSL.
    if (!tls_ || static_cast<size_t>(got) < room)
      return;
  }
}

char* connection::reserve(size_t size) {
  if (begin_ == end_)
    begin_ = end_ = 0;
  if (end_ + size > capacity_) {
    const size_t used = end_ - begin_;
    if (used + size > capacity_) {
      capacity_ = std::max(used + size, capacity_ * 2);
      auto larger = std::make_unique_for_overwrite<char[]>(capacity_);
      if (used != 0)
        std::memcpy(larger.get(), out_.get() + begin_, used);
      out_ = std::move(larger);
    } else {
      std::memmove(out_.get(), out_.get() + begin_, used);
    }
    begin_ = 0;
    end_ = used;
  }
  return out_.get() + end_;
}

void connection::put(std::string_view text) {
  std::memcpy(reserve(text.size()), text.data(), text.size());
  commit(text.size());
}

void connection::flush(bool last) {
  if (!fd_ || state_ != state::open)
    return;
  while (begin_ < end_) {
    ptrdiff_t put = 0;
    if (!tls_) {
      put =
        ::send(fd_.get(), out_.get() + begin_, end_ - begin_, MSG_NOSIGNAL | (last ? MSG_MORE : 0));
      if (put < 0 && errno != EAGAIN && errno != EINTR)
        return end(errno_text(errno));
    } else {
      ERR_clear_error();
      put = SSL_write(tls_.get(), out_.get() + begin_, static_cast<int>(end_ - begin_));
      if (put <= 0 && SSL_get_error(tls_.get(), static_cast<int>(put)) != SSL_ERROR_WANT_WRITE)
        return end(tls_fault(static_cast<int>(put)));
    }
    if (put <= 0)
      return want_write(true);
    begin_ += static_cast<size_t>(put);
  }
  want_write(false);
}

void connection::want_write(bool yes) {
  if (wants_write_ == yes)
    return;
  wants_write_ = yes;
  loop_.modify(fd_.get(), (reading_ ? EPOLLIN : 0U) | (yes ? EPOLLOUT : 0U), *this);
}

void connection::stop_reading() {
  reading_ = false;
  if (fd_)
    loop_.modify(fd_.get(), wants_write_ ? EPOLLOUT : 0U, *this);
}

void connection::close() { fd_.reset(); }

void connection::end(std::string_view why) {
  const std::string reason{why}; // a copy, since `why` may point into memory that is freed now
  fd_.reset();
  owner_.on_closed(reason);
}

std::string connection::tls_fault(int result) const {
  if (SSL_get_error(tls_.get(), result) == SSL_ERROR_SYSCALL)
    return errno != 0 ? errno_text(errno) : "cut off";
  const char* text = ERR_reason_error_string(ERR_peek_error());
  return text ? text : "cut off";
}

} // namespace fedhub::load
