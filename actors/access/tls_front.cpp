#include "actors/access/tls_front.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <iterator>
#include <list>
#include <system_error>
#include <utility>
#include <vector>

#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "actors/access/tls_relay.hpp"
#include "metrics/sockets/socket.hpp"

namespace fedhub {

namespace {

/// How long the listener is ignored after a failed accept, for example without free descriptors.
constexpr std::chrono::milliseconds front_pause{100};
/// A client that vanishes acknowledges nothing. After so long the kernel ends its connection.
constexpr int unacknowledged_ms = 60'000;

} // namespace

/// The work of the thread.
class tls_front::loop {
public:
  loop(http_listener listener, unique_fd wake, new_session session, plain_connection serve,
       limits bounds)
    : listener_{std::move(listener)}, wake_{std::move(wake)}, session_{std::move(session)},
      serve_{std::move(serve)}, bounds_{bounds} {}

  void end() {
    ending_ = true;
    const uint64_t one = 1;
    [[maybe_unused]] const auto written = write(wake_.get(), &one, sizeof one);
  }

  void run() {
    while (!ending_) {
      wait();
      const auto now = std::chrono::steady_clock::now();
      auto event = events_.begin() + 2;
      for (auto at = relays_.begin(); at != relays_.end();) {
        const bool ready = event->revents != 0 || (event + 1)->revents != 0;
        event += 2;
        if (ready)
          proceed(*at, now);
        const bool over = at->now() == tls_relay::phase::over || at->deadline() <= now;
        at = over ? relays_.erase(at) : std::next(at);
      }
      if (events_[1].revents != 0)
        accept_some(now);
    }
  }

private:
  using time_point = tls_relay::time_point;

  void wait() {
    const auto now = std::chrono::steady_clock::now();
    const bool accepting = now >= accept_again_;
    auto next = accepting ? time_point::max() : accept_again_;
    events_.assign(
      {{wake_.get(), POLLIN, 0}, {listener_.fd(), static_cast<short>(accepting ? POLLIN : 0), 0}});
    for (const auto& relay : relays_) {
      // A descriptor without events would still report its end, again and again.
      const auto of = [](int fd, short events) { return pollfd{events != 0 ? fd : -1, events, 0}; };
      events_.push_back(of(relay.client_fd(), relay.client_events()));
      events_.push_back(of(relay.plain_fd(), relay.plain_events()));
      next = std::min(next, relay.deadline());
    }
    int timeout = -1;
    if (next != time_point::max()) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - now).count();
      timeout = static_cast<int>(std::clamp<int64_t>(left, 0, 60'000));
    }
    if (poll(events_.data(), events_.size(), timeout) < 0)
      for (auto& event : events_)
        event.revents = 0; // interrupted, so nothing is known
  }

  void proceed(tls_relay& relay, time_point now) {
    if (auto socket = relay.proceed(now, bounds_.farewell))
      serve_(std::move(socket), relay.from());
  }

  /// Ends the oldest handshake that `among` selects. @returns whether there was one.
  template <class Among>
  bool end_handshake(const Among& among) {
    const auto at = std::ranges::find_if(relays_, [&](const tls_relay& relay) {
      return relay.now() == tls_relay::phase::handshake && among(relay);
    });
    if (at == relays_.end())
      return false;
    relays_.erase(at);
    return true;
  }

  bool make_room(const address_group& group) {
    const auto neighbour = [&](const tls_relay& relay) { return relay.group() == group; };
    if (std::ranges::count_if(relays_, neighbour)
          >= static_cast<ptrdiff_t>(bounds_.connections_per_address)
        && !end_handshake(neighbour))
      return false;
    return relays_.size() < bounds_.connections
           || end_handshake([](const tls_relay&) { return true; });
  }

  void accept_some(time_point now) {
    for (size_t n = 0; n < bounds_.connections; ++n) {
      sockaddr_storage address{};
      socklen_t size = sizeof address;
      unique_fd accepted{accept4(listener_.fd(), reinterpret_cast<sockaddr*>(&address), &size,
                                 SOCK_CLOEXEC | SOCK_NONBLOCK)};
      if (!accepted) {
        if (!would_block(errno) && errno != ECONNABORTED)
          accept_again_ = now + front_pause;
        return;
      }
      const socket_address from{reinterpret_cast<const sockaddr*>(&address), size};
      if (!make_room(address_group{from}))
        continue;
      setsockopt(accepted.get(), IPPROTO_TCP, TCP_USER_TIMEOUT, &unacknowledged_ms,
                 sizeof unacknowledged_ms);
      const int no_delay = 1;
      setsockopt(accepted.get(), IPPROTO_TCP, TCP_NODELAY, &no_delay, sizeof no_delay);
      if (auto session = session_())
        relays_.emplace_back(std::move(accepted), std::move(session), from,
                             now + bounds_.handshake);
    }
  }

  const http_listener listener_;
  const unique_fd wake_;
  const new_session session_;
  const plain_connection serve_;
  const limits bounds_;
  std::atomic<bool> ending_ = false;
  time_point accept_again_{};
  std::vector<pollfd> events_;  ///< the wake-up, the listener, then two of each relay.
  std::list<tls_relay> relays_; ///< the oldest first.
};

tl::expected<std::unique_ptr<tls_front>, std::string> tls_front::start(http_listener listener,
                                                                       new_session session,
                                                                       plain_connection serve,
                                                                       limits bounds) {
  unique_fd wake{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  if (!wake)
    return tl::unexpected("eventfd: " + std::generic_category().message(errno));
  auto work = std::make_unique<loop>(std::move(listener), std::move(wake), std::move(session),
                                     std::move(serve), bounds);
  try {
    return std::unique_ptr<tls_front>{new tls_front{std::move(work)}};
  } catch (const std::system_error& failed) {
    return tl::unexpected(std::string{"thread: "} + failed.what());
  }
}

tls_front::tls_front(std::unique_ptr<loop> work)
  : loop_{std::move(work)}, thread_{[work = loop_.get()] { work->run(); }} {}

tls_front::~tls_front() {
  loop_->end();
  thread_.join();
}

} // namespace fedhub
