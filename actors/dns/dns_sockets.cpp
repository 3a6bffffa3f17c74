#include "actors/dns/dns_sockets.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <utility>

#include "metrics/sockets/socket.hpp"

namespace fedhub {

namespace {

/// A DNS message is no shorter than its header (RFC 1035 §4.1.1).
constexpr size_t header_octets = 12;

/// The first number of UDP handles. No descriptor is as large (Linux's `fs.nr_open` is 2^30 at
/// most).
constexpr int first_handle = 1 << 30;
constexpr int handle_mask = first_handle - 1;

/// Returns whether the socket has failed, and clears an error that the kernel holds for the next
/// call, such as an ICMP "port unreachable".
bool has_failed(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0;
}

uint16_t id_of(const void* message) {
  const auto* octets = static_cast<const unsigned char*>(message);
  return static_cast<uint16_t>(octets[0] << 8 | octets[1]);
}

} // namespace

dns_sockets::~dns_sockets() {
  while (!sockets_.empty())
    drop(sockets_.begin());
}

void dns_sockets::drop(endpoints::iterator x) {
  auto& all = x->second.all;
  while (!all.empty())
    drop_port(x->second, all.begin());
  sockets_.erase(x);
}

void dns_sockets::drop_port(endpoint& x, ports::iterator p) {
  set_readable(x, *p, false);
  descriptors_.erase(p->fd.get());
  p->fd.reset();
  loop_.closed(p->watched);
  x.all.erase(p);
}

void dns_sockets::set_readable(endpoint& x, port& p, bool to) {
  if (p.readable != to)
    to ? ++x.readable : --x.readable;
  p.readable = to;
}

bool dns_sockets::is_full(const port& p, time_point now) {
  return p.questions.size() >= questions_per_port || now - p.opened >= reuse_time;
}

/// Makes a new current port. The kernel chooses its number at random when it is connected.
bool dns_sockets::add_port(int handle, endpoint& x, time_point now) {
  unique_fd fd{::socket(x.family, x.type | SOCK_NONBLOCK | SOCK_CLOEXEC, x.protocol)};
  if (!fd)
    return false;
  int one = 1;
  if (!x.udp())
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  const int number = fd.get();
  x.all.push_front(port{.fd = std::move(fd), .opened = now});
  descriptors_.insert_or_assign(number, place{handle, x.all.begin()});
  return true;
}

int dns_sockets::take_spare(int family, time_point now) {
  auto i = sockets_.find(std::exchange(spare_, -1));
  if (i == sockets_.end())
    return -1;
  auto& x = i->second;
  if (x.family != family || is_full(x.current(), now) || has_failed(x.current().fd.get())) {
    drop(i);
    return -1;
  }
  x.spare = false;
  return i->first;
}

int dns_sockets::open(int family, int type, int protocol, time_point now) {
  const bool udp = type == SOCK_DGRAM;
  if (udp)
    if (auto handle = take_spare(family, now); handle >= 0)
      return handle;
  endpoint made{.family = family, .type = type, .protocol = protocol, .all = {}};
  if (!add_port(-1, made, now))
    return -1;
  const int number = made.current().fd.get();
  int handle = number;
  if (udp)
    do {
      last_handle_ = (last_handle_ + 1) & handle_mask;
      handle = first_handle + last_handle_;
    } while (sockets_.contains(handle));
  // Moving the list keeps its nodes, so the iterators stay valid.
  sockets_.insert_or_assign(handle, std::move(made));
  descriptors_.at(number).handle = handle;
  return handle;
}

/// Connects a port to the endpoint's peer and adds it to the network loop. Not earlier, since epoll
/// reports a hang-up for a socket that is not connected.
bool dns_sockets::connect_port(endpoint& x, port& p) {
  const auto result = ::connect(p.fd.get(), x.peer.data(), x.peer.size());
  const auto error = errno;
  if (result != 0 && error != EINPROGRESS)
    return false;
  // Over UDP the library never waits for the socket to be writable.
  if (!p.watched)
    p.watched =
      loop_.add(p.fd.get(), owner_(), x.udp() ? interest::reading : interest::reading_and_writing);
  if (!p.watched)
    return false;
  errno = error;
  return true;
}

int dns_sockets::connect(int fd, const sockaddr* to, socklen_t size) {
  auto i = sockets_.find(fd);
  if (i == sockets_.end()) {
    errno = EBADF;
    return -1;
  }
  auto& x = i->second;
  socket_address peer{to, size};
  if (x.current().watched && x.peer == peer)
    return 0;
  x.peer = peer;
  errno = 0;
  return connect_port(x, x.current()) && errno != EINPROGRESS ? 0 : -1;
}

void dns_sockets::close(int fd, time_point now) {
  auto i = sockets_.find(fd);
  if (i == sockets_.end())
    return;
  auto& x = i->second;
  if (!x.udp() || !x.current().watched || spare_ != -1 || is_full(x.current(), now))
    return drop(i);
  while (x.all.size() > 1)
    drop_port(x, std::prev(x.all.end()));
  // The library does not wait for these answers any more.
  for (auto& question : x.current().questions)
    question.answered = true;
  x.spare = true;
  x.wants_write = false;
  spare_ = fd;
}

/// Makes another port for the next question. @returns whether there is one.
bool dns_sockets::renew_port(int handle, endpoint& x, time_point now) {
  if (!add_port(handle, x, now))
    return false;
  if (!connect_port(x, x.current())) {
    const auto error = errno;
    drop_port(x, x.all.begin());
    errno = error;
    return false;
  }
  for (auto p = std::next(x.all.begin()); p != x.all.end();) {
    const auto next = std::next(p);
    if (now - p->last_sent >= answer_time_)
      drop_port(x, p);
    p = next;
  }
  while (x.all.size() > 1 + max_older_ports)
    drop_port(x, std::prev(x.all.end()));
  return true;
}

ssize_t dns_sockets::send(int fd, const iovec* from, int count, time_point now) {
  auto i = sockets_.find(fd);
  if (i == sockets_.end()) {
    errno = EBADF;
    return -1;
  }
  auto& x = i->second;
  // Without a new port nothing is sent, since many questions from one port help a forger.
  if (x.udp() && is_full(x.current(), now) && !renew_port(fd, x, now))
    return -1;
  auto& p = x.current();
  // sendmsg instead of writev, so that a server that has closed its end does not raise SIGPIPE.
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(from);
  message.msg_iovlen = static_cast<size_t>(count);
  auto result = ::sendmsg(p.fd.get(), &message, MSG_NOSIGNAL);
  if (result < 0 && would_block(errno))
    x.writable = false;
  if (x.udp() && result >= 0) {
    p.last_sent = now;
    p.questions.push_back({count > 0 && from->iov_len >= 2 ? id_of(from->iov_base) : uint16_t{0}});
  }
  return result;
}

/// Receives from one port, with the result of `receive`. Drops datagrams that answer no question of
/// this port.
ssize_t dns_sockets::receive_datagram(endpoint& x, ports::iterator p, size_t& dropped, void* to,
                                      size_t size, int flags, sockaddr* from,
                                      socklen_t* from_size) {
  const auto room = from_size != nullptr ? *from_size : 0;
  for (; dropped < max_dropped; ++dropped) {
    if (from_size != nullptr)
      *from_size = room;
    const auto result = ::recvfrom(p->fd.get(), to, size, flags, from, from_size);
    if (result < 0) {
      if (would_block(errno))
        set_readable(x, *p, false);
      return result;
    }
    if (static_cast<size_t>(result) < header_octets)
      continue;
    const auto asked = std::ranges::find(p->questions, id_of(to), &port::question::id);
    if (asked == p->questions.end())
      continue;
    asked->answered = true;
    const bool done = std::ranges::all_of(p->questions, &port::question::answered);
    if (done && p != x.all.begin())
      drop_port(x, p);
    return result;
  }
  errno = EAGAIN;
  return -1;
}

ssize_t dns_sockets::receive(int fd, void* to, size_t size, int flags, sockaddr* from,
                             socklen_t* from_size) {
  auto i = sockets_.find(fd);
  if (i == sockets_.end()) {
    errno = EBADF;
    return -1;
  }
  auto& x = i->second;
  if (!x.udp()) {
    const auto result = ::recvfrom(x.current().fd.get(), to, size, flags, from, from_size);
    if (result < 0 && would_block(errno))
      set_readable(x, x.current(), false);
    return result;
  }
  size_t dropped = 0;
  for (auto p = x.all.begin(); x.readable > 0 && p != x.all.end();) {
    const auto next = std::next(p);
    if (p->readable) {
      const auto result = receive_datagram(x, p, dropped, to, size, flags, from, from_size);
      if (result >= 0 || !would_block(errno))
        return result;
    }
    p = next;
  }
  errno = EAGAIN;
  return -1;
}

void dns_sockets::wants_write(int fd, bool x) {
  if (auto i = sockets_.find(fd); i != sockets_.end())
    i->second.wants_write = x;
}

bool dns_sockets::news(int fd) {
  const auto i = descriptors_.find(fd);
  if (i == descriptors_.end() || !i->second.port->watched)
    return false;
  auto& x = sockets_.at(i->second.handle);
  auto& p = *i->second.port;
  const auto news = p.watched->take();
  if (has(news, readiness::readable))
    set_readable(x, p, true);
  x.writable |= has(news, readiness::writable);
  return true;
}

int dns_sockets::descriptor(int handle) const {
  const auto i = sockets_.find(handle);
  return i == sockets_.end() ? -1 : i->second.all.front().fd.get();
}

std::optional<dns_sockets::turn> dns_sockets::next() const {
  for (const auto& [handle, x] : sockets_) {
    turn result{handle, x.readable > 0, x.wants_write && x.writable};
    if (x.all.front().watched && !x.spare && (result.read || result.write))
      return result;
  }
  return {};
}

} // namespace fedhub
