#include "conf/ctl/socket_relay.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace fedhub::ctl {

namespace {

volatile sig_atomic_t stopped = 0;
void stop_relay(int) { stopped = 1; }

bool is_only_busy() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

std::string failed(const char* call) {
  return std::string{call} + ": " + std::generic_category().message(errno);
}

} // namespace

socket_relay::descriptor::~descriptor() {
  if (fd_ >= 0)
    ::close(fd_);
}

socket_relay::socket_relay(socket_relay&&) noexcept = default;
socket_relay::~socket_relay() = default;

tl::expected<socket_relay, std::string> socket_relay::open(std::string path) {
  descriptor listener{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* any = reinterpret_cast<sockaddr*>(&address);
  if (listener.get() < 0 || ::bind(listener.get(), any, size) != 0
      || ::listen(listener.get(), SOMAXCONN) != 0 || ::getsockname(listener.get(), any, &size) != 0)
    return tl::unexpected{failed("no port of loopback can be opened")};
  return socket_relay{std::move(path), std::move(listener), ntohs(address.sin_port)};
}

std::string socket_relay::address() const { return "127.0.0.1:" + std::to_string(port_); }

void socket_relay::accept_one() {
  sockaddr_in from{};
  socklen_t size = sizeof from;
  descriptor client{::accept4(listener_.get(), reinterpret_cast<sockaddr*>(&from), &size,
                              SOCK_CLOEXEC | SOCK_NONBLOCK)};
  descriptor hub{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (client.get() < 0 || hub.get() < 0 || path_.size() >= sizeof address.sun_path)
    return;
  std::memcpy(address.sun_path, path_.data(), path_.size());
  if (::connect(hub.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return; // the client sees that its connection has ended
  const auto line = "PROXY TCP4 127.0.0.1 127.0.0.1 " + std::to_string(ntohs(from.sin_port)) + ' '
                    + std::to_string(port_) + "\r\n";
  // Nothing of the client's may come before the line, and the hub reads the line whole.
  if (::send(hub.get(), line.data(), line.size(), MSG_NOSIGNAL)
      != static_cast<ssize_t>(line.size()))
    return;
  connections_.push_back({std::move(client), std::move(hub)});
}

/// Moves what can be moved in one direction. @returns false if the connection has failed.
bool socket_relay::move(const descriptor& from, const descriptor& to, flow& octets) {
  if (octets.octets.empty() && !octets.ended) {
    std::array<char, 16'384> part{};
    const auto count = ::recv(from.get(), part.data(), part.size(), 0);
    if (count < 0)
      return is_only_busy();
    octets.ended = count == 0;
    octets.octets.assign(part.data(), static_cast<size_t>(count));
  }
  if (!octets.octets.empty()) {
    const auto count = ::send(to.get(), octets.octets.data(), octets.octets.size(), MSG_NOSIGNAL);
    if (count < 0)
      return is_only_busy();
    octets.octets.erase(0, static_cast<size_t>(count));
  }
  if (octets.octets.empty() && octets.ended && !std::exchange(octets.closed, true))
    ::shutdown(to.get(), SHUT_WR);
  return true;
}

/// @param in what comes from this side.  @param out what goes there.
pollfd socket_relay::interest(const descriptor& side, const flow& in, const flow& out) {
  const bool reads = in.octets.empty() && !in.ended;
  const bool writes = !out.octets.empty();
  const int events = (reads ? POLLIN : 0) | (writes ? POLLOUT : 0);
  return {events != 0 ? side.get() : -1, static_cast<short>(events), 0};
}

void socket_relay::run() {
  struct sigaction stop = {};
  stop.sa_handler = &stop_relay;
  sigset_t ending;
  sigset_t former;
  ::sigemptyset(&ending);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    ::sigaddset(&ending, signal);
    ::sigaction(signal, &stop, nullptr);
  }
  // Otherwise a signal between the look at `stopped` and the wait would be missed.
  ::sigprocmask(SIG_BLOCK, &ending, &former);
  std::vector<pollfd> events;
  while (stopped == 0) {
    const bool room = connections_.size() < most_connections;
    events.assign({{room ? listener_.get() : -1, POLLIN, 0}});
    for (const auto& each : connections_) {
      events.push_back(interest(each.client, each.up, each.down));
      events.push_back(interest(each.hub, each.down, each.up));
    }
    if (::ppoll(events.data(), events.size(), nullptr, &former) < 0)
      continue;
    auto event = events.begin() + 1;
    for (auto at = connections_.begin(); at != connections_.end();) {
      const bool ready = event->revents != 0 || (event + 1)->revents != 0;
      event += 2;
      const bool good =
        !ready || (move(at->client, at->hub, at->up) && move(at->hub, at->client, at->down));
      const bool over = !good || (at->up.closed && at->down.closed);
      at = over ? connections_.erase(at) : std::next(at);
    }
    if (events.front().revents != 0)
      accept_one();
  }
  ::sigprocmask(SIG_SETMASK, &former, nullptr);
}

} // namespace fedhub::ctl
