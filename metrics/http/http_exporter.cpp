#include "metrics/http/http_exporter.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "metrics/http/http_client_connection.hpp"

namespace fedhub {

namespace {

using std::chrono::steady_clock;
using connections = std::vector<http_client_connection>;

/// How long the listening socket is left alone after a failed accept, e.g. for want of file
/// descriptors: it stays readable meanwhile, and the thread would spin.
constexpr std::chrono::milliseconds accept_pause{100};

union ip_socket_address {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
};

/// @returns the size of the address, 0 if the text is none.
socklen_t parse_address(const std::string& text, uint16_t port, ip_socket_address& to) {
  to = {};
  if (inet_pton(AF_INET, text.c_str(), &to.v4.sin_addr) == 1) {
    to.v4.sin_family = AF_INET;
    to.v4.sin_port = htons(port);
    return sizeof to.v4;
  }
  to = {};
  if (inet_pton(AF_INET6, text.c_str(), &to.v6.sin6_addr) == 1) {
    to.v6.sin6_family = AF_INET6;
    to.v6.sin6_port = htons(port);
    return sizeof to.v6;
  }
  return 0;
}

std::string show(const std::string& address, uint16_t port) {
  const bool v6 = address.find(':') != address.npos;
  return (v6 ? '[' + address + ']' : address) + ':' + std::to_string(port);
}

std::string system_reason() { return std::generic_category().message(errno); }

/// @returns a listening socket; negative if that failed, with the reason in `errno` and the call in
/// `call`.
int listening_socket(const ip_socket_address& address, socklen_t size, const char*& call) {
  call = "socket";
  const int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    return -1;
  const int on = 1, off = 0;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (address.any.sa_family == AF_INET6)
    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  call = "bind";
  if (bind(fd, &address.any, size) == 0) {
    call = "listen";
    if (listen(fd, SOMAXCONN) == 0)
      return fd;
  }
  const int reason = errno;
  close(fd);
  errno = reason;
  return -1;
}

uint16_t bound_port(int fd) {
  ip_socket_address address{};
  socklen_t size = sizeof address;
  getsockname(fd, &address.any, &size);
  return ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port : address.v4.sin_port);
}

} // namespace

/// What the thread works on.
class http_exporter::service {
public:
  service(int listener, int wake, http_responder responder, limits bounds)
    : listener_{listener}, wake_{wake}, responder_{std::move(responder)}, bounds_{bounds} {}
  service(const service&) = delete;
  service& operator=(const service&) = delete;
  ~service() {
    close(listener_);
    close(wake_);
  }

  void wake() {
    // Fails only if the counter is full, and then the thread has been woken already.
    [[maybe_unused]] const int done = eventfd_write(wake_, 1);
  }

  /// Serves until `wake`.
  void run() {
    for (;;) {
      wait();
      if (events_[0].revents != 0)
        return;
      serve_connections();
      if (events_[1].revents != 0)
        accept_some();
    }
  }

private:
  /// Fills `events_`: the wake-up, the listener, then a connection each.
  void wait() {
    const auto now = steady_clock::now();
    const bool accepting = now >= accept_again_;
    events_.assign(
      {{wake_, POLLIN, 0}, {listener_, static_cast<short>(accepting ? POLLIN : 0), 0}});
    auto next = accepting ? steady_clock::time_point::max() : accept_again_;
    for (const auto& x : connections_) {
      events_.push_back({x.fd(), x.interest(), 0});
      next = std::min(next, x.deadline());
    }
    // Rounded up, lest the thread spins through the last millisecond.
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - now).count();
    const int timeout = next == steady_clock::time_point::max()
                          ? -1
                          : static_cast<int>(std::clamp<int64_t>(left, 0, 60'000));
    if (poll(events_.data(), events_.size(), timeout) < 0)
      for (auto& x : events_)
        x.revents = 0; // interrupted: nothing is known
  }

  /// Lets each connection that can go on do so, and closes those that are over or out of time.
  void serve_connections() {
    const auto now = steady_clock::now();
    for (size_t i = connections_.size(); i-- > 0;) {
      auto& x = connections_[i];
      const bool goes_on =
        events_[i + 2].revents == 0 || x.proceed(responder_, bounds_.request_octets);
      if (!goes_on || x.deadline() <= now)
        connections_.erase(connections_.begin() + static_cast<ptrdiff_t>(i));
    }
  }

  /// Takes what waits, in portions, so that a flood of clients leaves time to serve those that are
  /// there.
  void accept_some() {
    for (size_t n = 0; n < bounds_.connections; ++n) {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
      if (fd < 0) {
        if (errno != EAGAIN && errno != EWOULDBLOCK && errno != ECONNABORTED)
          accept_again_ = steady_clock::now() + accept_pause;
        return;
      }
      if (connections_.size() >= bounds_.connections)
        connections_.erase(connections_.begin()); // in the order they came
      connections_.emplace_back(fd, steady_clock::now() + bounds_.lifetime);
    }
  }

  const int listener_;
  const int wake_;
  http_responder responder_;
  const limits bounds_;
  steady_clock::time_point accept_again_{};
  connections connections_;
  std::vector<pollfd> events_;
};

tl::expected<std::unique_ptr<http_exporter>, std::string>
http_exporter::start(const std::string& address, uint16_t port, const hub_metrics& metrics,
                     readiness_probe not_ready, limits bounds, health_probe ailing) {
  ip_socket_address parsed;
  const socklen_t size = parse_address(address, port, parsed);
  if (size == 0)
    return tl::unexpected("not an IP address: " + address);
  const char* call = nullptr;
  const int listener = listening_socket(parsed, size, call);
  if (listener < 0)
    return tl::unexpected(std::string{call} + ' ' + show(address, port) + ": " + system_reason());
  const int wake = eventfd(0, EFD_CLOEXEC);
  if (wake < 0) {
    const std::string reason = system_reason();
    close(listener);
    return tl::unexpected("eventfd: " + reason);
  }
  auto x = std::make_unique<service>(
    listener, wake, http_responder{metrics, std::move(not_ready), std::move(ailing)}, bounds);
  try {
    return std::unique_ptr<http_exporter>{new http_exporter{std::move(x), bound_port(listener)}};
  } catch (const std::system_error& failed) {
    return tl::unexpected(std::string{"thread: "} + failed.what());
  }
}

http_exporter::http_exporter(std::unique_ptr<service> x, uint16_t port)
  : service_{std::move(x)}, port_{port}, thread_{[s = service_.get()] { s->run(); }} {}

http_exporter::~http_exporter() { stop(); }

void http_exporter::stop() {
  if (!thread_.joinable())
    return;
  service_->wake();
  thread_.join();
}

} // namespace fedhub
