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

void dns_sockets::drop(endpoints::iterator at) {
  auto& all = at->second.all;
  while (!all.empty())
    drop_port(at->second, all.begin());
  sockets_.erase(at);
}

void dns_sockets::drop_port(endpoint& endpoint, ports::iterator p) {
  set_readable(endpoint, *p, false);
  descriptors_.erase(p->fd.get());
  p->fd.reset();
  loop_.closed(p->watched);
  endpoint.all.erase(p);
}

void dns_sockets::set_readable(endpoint& endpoint, port& p, bool to) {
  if (p.readable != to)
    to ? ++endpoint.readable : --endpoint.readable;
  p.readable = to;
}

bool dns_sockets::is_full(const port& p, time_point now) {
  return p.questions.size() >= questions_per_port || now - p.opened >= reuse_time;
}

/// Makes a new current port. The kernel chooses its number at random when it is connected.
bool dns_sockets::add_port(int handle, endpoint& endpoint, time_point now) {
  unique_fd fd{
    ::socket(endpoint.family, endpoint.type | SOCK_NONBLOCK | SOCK_CLOEXEC, endpoint.protocol)};
  if (!fd)
    return false;
  int one = 1;
  if (!endpoint.udp())
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  const int number = fd.get();
  endpoint.all.push_front(port{.fd = std::move(fd), .opened = now});
  descriptors_.insert_or_assign(number, place{handle, endpoint.all.begin()});
  return true;
}

int dns_sockets::take_spare(int family, time_point now) {
  auto i = sockets_.find(std::exchange(spare_, -1));
  if (i == sockets_.end())
    return -1;
  auto& socket = i->second;
  if (socket.family != family || is_full(socket.current(), now)
      || has_failed(socket.current().fd.get())) {
    drop(i);
    return -1;
  }
  socket.spare = false;
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
bool dns_sockets::connect_port(endpoint& endpoint, port& p) {
  const auto result = ::connect(p.fd.get(), endpoint.peer.data(), endpoint.peer.size());
  const auto error = errno;
  if (result != 0 && error != EINPROGRESS)
    return false;
  // Over UDP the library never waits for the socket to be writable.
  if (!p.watched)
    p.watched = loop_.add(p.fd.get(), owner_(),
                          endpoint.udp() ? interest::reading : interest::reading_and_writing);
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
  auto& socket = i->second;
  socket_address peer{to, size};
  if (socket.current().watched && socket.peer == peer)
    return 0;
  socket.peer = peer;
  errno = 0;
  return connect_port(socket, socket.current()) && errno != EINPROGRESS ? 0 : -1;
}

void dns_sockets::close(int fd, time_point now) {
  auto i = sockets_.find(fd);
  if (i == sockets_.end())
    return;
  auto& socket = i->second;
  if (!socket.udp() || !socket.current().watched || spare_ != -1 || is_full(socket.current(), now))
    return drop(i);
  while (socket.all.size() > 1)
    drop_port(socket, std::prev(socket.all.end()));
  // The library does not wait for these answers any more.
  for (auto& question : socket.current().questions)
    question.answered = true;
  socket.spare = true;
  socket.wants_write = false;
  spare_ = fd;
}

/// Makes another port for the next question. @returns whether there is one.
bool dns_sockets::renew_port(int handle, endpoint& endpoint, time_point now) {
  if (!add_port(handle, endpoint, now))
    return false;
  if (!connect_port(endpoint, endpoint.current())) {
    const auto error = errno;
    drop_port(endpoint, endpoint.all.begin());
    errno = error;
    return false;
  }
  for (auto p = std::next(endpoint.all.begin()); p != endpoint.all.end();) {
    const auto next = std::next(p);
    if (now - p->last_sent >= answer_time_)
      drop_port(endpoint, p);
    p = next;
  }
  while (endpoint.all.size() > 1 + max_older_ports)
    drop_port(endpoint, std::prev(endpoint.all.end()));
  return true;
}

ssize_t dns_sockets::send(int fd, const iovec* from, int count, time_point now) {
  auto i = sockets_.find(fd);
  if (i == sockets_.end()) {
    errno = EBADF;
    return -1;
  }
  auto& socket = i->second;
  // Without a new port nothing is sent, since many questions from one port help a forger.
  if (socket.udp() && is_full(socket.current(), now) && !renew_port(fd, socket, now))
    return -1;
  auto& p = socket.current();
  // sendmsg instead of writev, so that a server that has closed its end does not raise SIGPIPE.
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(from);
  message.msg_iovlen = static_cast<size_t>(count);
  auto result = ::sendmsg(p.fd.get(), &message, MSG_NOSIGNAL);
  if (result < 0 && would_block(errno))
    socket.writable = false;
  if (socket.udp() && result >= 0) {
    p.last_sent = now;
    p.questions.push_back({count > 0 && from->iov_len >= 2 ? id_of(from->iov_base) : uint16_t{0}});
  }
  return result;
}

/// Receives from one port, with the result of `receive`. Drops datagrams that answer no question of
/// this port.
ssize_t dns_sockets::receive_datagram(endpoint& endpoint, ports::iterator p, size_t& dropped,
                                      void* to, size_t size, int flags, sockaddr* from,
                                      socklen_t* from_size) {
  const auto room = from_size != nullptr ? *from_size : 0;
  for (; dropped < max_dropped; ++dropped) {
    if (from_size != nullptr)
      *from_size = room;
    const auto result = ::recvfrom(p->fd.get(), to, size, flags, from, from_size);
    if (result < 0) {
      if (would_block(errno))
        set_readable(endpoint, *p, false);
      return result;
    }
    if (static_cast<size_t>(result) < header_octets)
      continue;
    const auto asked = std::ranges::find(p->questions, id_of(to), &port::question::id);
    if (asked == p->questions.end())
      continue;
    asked->answered = true;
    const bool done = std::ranges::all_of(p->questions, &port::question::answered);
    if (done && p != endpoint.all.begin())
      drop_port(endpoint, p);
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
  auto& socket = i->second;
  if (!socket.udp()) {
    const auto result = ::recvfrom(socket.current().fd.get(), to, size, flags, from, from_size);
    if (result < 0 && would_block(errno))
      set_readable(socket, socket.current(), false);
    return result;
  }
  size_t dropped = 0;
  for (auto p = socket.all.begin(); socket.readable > 0 && p != socket.all.end();) {
    const auto next = std::next(p);
    if (p->readable) {
      const auto result = receive_datagram(socket, p, dropped, to, size, flags, from, from_size);
      if (result >= 0 || !would_block(errno))
        return result;
    }
    p = next;
  }
  errno = EAGAIN;
  return -1;
}

void dns_sockets::wants_write(int fd, bool wanted) {
  if (auto i = sockets_.find(fd); i != sockets_.end())
    i->second.wants_write = wanted;
}

bool dns_sockets::news(int fd) {
  const auto i = descriptors_.find(fd);
  if (i == descriptors_.end() || !i->second.port->watched)
    return false;
  auto& socket = sockets_.at(i->second.handle);
  auto& p = *i->second.port;
  const auto news = p.watched->take();
  if (has(news, readiness::readable))
    set_readable(socket, p, true);
  socket.writable |= has(news, readiness::writable);
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
