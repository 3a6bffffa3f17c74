#include "actors/dns_sockets.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace fedhub {

namespace {

bool again(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

/// Takes the error that the kernel holds for the next call, such as an ICMP "port unreachable".
bool has_failed(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0;
}

} // namespace

dns_sockets::~dns_sockets() {
  while (!sockets_.empty())
    drop(sockets_.begin());
}

void dns_sockets::drop(endpoints::iterator x) {
  unique_fd{x->first}.reset();
  loop_.closed(x->second.watched);
  sockets_.erase(x);
}

int dns_sockets::take_spare(int family, time_point now) {
  auto i = sockets_.find(std::exchange(spare_, -1));
  if (i == sockets_.end())
    return -1;
  auto& x = i->second;
  if (x.family != family || now - x.opened >= reuse_time || has_failed(i->first)) {
    drop(i);
    return -1;
  }
  x.spare = false;
  return i->first;
}

int dns_sockets::open(int family, int type, int protocol, time_point now) {
  const bool udp = type == SOCK_DGRAM;
  if (udp)
    if (auto fd = take_spare(family, now); fd >= 0)
      return fd;
  auto fd = ::socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
  if (fd < 0)
    return fd;
  int one = 1;
  if (!udp)
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  sockets_.insert_or_assign(fd, endpoint{.family = family, .udp = udp, .opened = now});
  return fd;
}

int dns_sockets::connect(int fd, const sockaddr* to, socklen_t size) {
  auto i = sockets_.find(fd);
  if (i == sockets_.end()) {
    errno = EBADF;
    return -1;
  }
  auto& x = i->second;
  socket_address peer{to, size};
  if (x.watched && x.peer == peer)
    return 0;
  auto result = ::connect(fd, to, size);
  auto error = errno;
  if (result == 0 || error == EINPROGRESS) {
    x.peer = peer;
    // Watched from here on only: epoll reports a hang-up of sockets that are not connected. Over
    // UDP the library never waits for room.
    if (!x.watched)
      x.watched =
        loop_.add(fd, owner_(), x.udp ? interest::reading : interest::reading_and_writing);
    if (!x.watched)
      return -1;
  }
  errno = error;
  return result;
}

void dns_sockets::close(int fd, time_point now) {
  auto i = sockets_.find(fd);
  if (i == sockets_.end())
    return;
  auto& x = i->second;
  if (!x.udp || !x.watched || spare_ != -1 || now - x.opened >= reuse_time)
    return drop(i);
  x.spare = true;
  x.wants_write = false;
  spare_ = fd;
}

ssize_t dns_sockets::receive(int fd, void* to, size_t size, int flags, sockaddr* from,
                             socklen_t* from_size) {
  auto result = ::recvfrom(fd, to, size, flags, from, from_size);
  if (auto i = sockets_.find(fd); i != sockets_.end() && result < 0 && again(errno))
    i->second.readable = false;
  return result;
}

ssize_t dns_sockets::send(int fd, const iovec* from, int count) {
  // Not writev: a server that has closed its end must not raise SIGPIPE.
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(from);
  message.msg_iovlen = static_cast<size_t>(count);
  auto result = ::sendmsg(fd, &message, MSG_NOSIGNAL);
  if (auto i = sockets_.find(fd); i != sockets_.end() && result < 0 && again(errno))
    i->second.writable = false;
  return result;
}

void dns_sockets::wants_write(int fd, bool x) {
  if (auto i = sockets_.find(fd); i != sockets_.end())
    i->second.wants_write = x;
}

bool dns_sockets::news(int fd) {
  auto i = sockets_.find(fd);
  if (i == sockets_.end() || !i->second.watched)
    return false;
  auto news = i->second.watched->take();
  i->second.readable |= has(news, readiness::readable);
  i->second.writable |= has(news, readiness::writable);
  return true;
}

std::optional<dns_sockets::turn> dns_sockets::next() const {
  for (const auto& [fd, x] : sockets_) {
    turn result{fd, x.readable, x.wants_write && x.writable};
    if (x.watched && !x.spare && (result.read || result.write))
      return result;
  }
  return {};
}

} // namespace fedhub
