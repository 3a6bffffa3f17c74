#include "metrics/http/http_server.hpp"

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "metrics/http/http_client_table.hpp"
#include "metrics/http/http_engine.hpp"
#include "metrics/sockets/socket.hpp"

namespace fedhub {

namespace {

using std::chrono::steady_clock;

/// How long the listeners are ignored after a failed accept, for example without free file
/// descriptors. They stay readable, and the thread would spin.
constexpr std::chrono::milliseconds accept_pause{100};

constexpr std::string_view not_http = "HTTP/1.1 400 Bad Request\r\n"
                                      "Connection: close\r\nContent-Length: 0\r\n\r\n";

bool may_go_on() { return would_block(errno) || errno == EINTR; }

} // namespace

/// The work of the thread.
class http_server::loop {
public:
  loop(std::vector<http_listener> listeners, unique_fd wake, limits bounds)
    : listeners_{std::move(listeners)}, wake_{std::move(wake)}, bounds_{bounds},
      table_{bounds.connections, bounds.connections_per_origin} {}

  /// Starts the engine. @returns what failed; empty if nothing did.
  std::string prepare(http_handler handler) {
    // Twice the connections, since those that the table has just ended stay in the engine until it
    // runs.
    auto engine = http_engine::start(
      std::move(handler), {2 * bounds_.connections, bounds_.head_octets, bounds_.body_octets},
      [this](uint64_t id) { await_close(id); });
    if (!engine)
      return engine.error();
    engine_ = std::move(*engine);
    return {};
  }

  void wake() {
    // Fails only if the counter is full. Then the thread has been woken already.
    [[maybe_unused]] const int done = eventfd_write(wake_.get(), 1);
  }

  /// Serves until `wake`.
  void run() {
    for (;;) {
      wait();
      if (events_[0].revents != 0)
        return;
      engine_->run();
      attend_clients();
      for (size_t i = 0; i < listeners_.size(); ++i)
        if (events_[2 + i].revents != 0)
          accept_some(listeners_[i].fd());
    }
  }

private:
  using phase = http_client::phase;

  /// Returns the events to wait for. For clients in phase `served`, the engine waits for input.
  static short interest(const http_client& client) {
    if (client.now != phase::served)
      return POLLIN;
    return client.input_ended ? 0 : POLLRDHUP;
  }

  /// Waits for events. Fills `events_`: the wake-up, the engine, the listeners, then the clients.
  void wait() {
    const auto now = steady_clock::now();
    const bool accepting = now >= accept_again_;
    auto next = accepting ? steady_clock::time_point::max() : accept_again_;
    events_.assign({{wake_.get(), POLLIN, 0}, {engine_->event_descriptor(), POLLIN, 0}});
    for (const auto& listener : listeners_)
      events_.push_back({listener.fd(), static_cast<short>(accepting ? POLLIN : 0), 0});
    for (const auto& [id, client] : table_.all()) {
      events_.push_back({client.socket.get(), interest(client), 0});
      next = std::min(next, client.deadline);
    }
    // Rounded up, so that the thread does not spin through the last millisecond.
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - now).count();
    int timeout = next == steady_clock::time_point::max()
                    ? -1
                    : static_cast<int>(std::clamp<int64_t>(left, 0, 60'000));
    if (engine_->pending())
      timeout = 0;
    if (poll(events_.data(), events_.size(), timeout) < 0)
      for (auto& event : events_)
        event.revents = 0; // interrupted, so nothing is known
  }

  /// Handles each client that has an event outside of the engine, and ends clients that are over or
  /// out of time.
  void attend_clients() {
    const auto now = steady_clock::now();
    auto event = events_.begin() + static_cast<ptrdiff_t>(2 + listeners_.size());
    for (auto at = table_.all().begin(); at != table_.all().end(); ++event) {
      const bool over = event->revents != 0 && !proceed(at->first, at->second);
      at = over || at->second.deadline <= now ? table_.end(at) : std::next(at);
    }
  }

  /// Handles an event of a client. @returns false if the connection is over.
  bool proceed(uint64_t id, http_client& client) {
    switch (client.now) {
    case phase::silent:
      return begin(id, client);
    case phase::served:
      return end_input(client);
    case phase::closing:
      return await_end(client);
    }
    return false;
  }

  /// Peeks at the first octets and passes the connection to the engine. Octets that cannot be HTTP
  /// are answered here, since libmicrohttpd closes without an answer if the first line has no
  /// space.
  bool begin(uint64_t id, http_client& client) {
    char first[64];
    const ssize_t size = recv(client.socket.get(), first, sizeof first, MSG_PEEK);
    if (size <= 0)
      return size < 0 && may_go_on();
    if (!begins_http_request({first, static_cast<size_t>(size)})) {
      send(client.socket.get(), not_http.data(), not_http.size(), MSG_NOSIGNAL);
      shutdown(client.socket.get(), SHUT_WR);
      client.now = phase::closing;
      return true;
    }
    unique_fd copy{fcntl(client.socket.get(), F_DUPFD_CLOEXEC, 0)};
    client.now = phase::served;
    return copy && engine_->add(std::move(copy), id, client.peer);
  }

  /// Handles the end of a client's input. If it came together with the last octets, libmicrohttpd
  /// does not see it, since it takes a short read for the last one. The shutdown causes another
  /// event. A response that is being written is still completed.
  static bool end_input(http_client& client) {
    client.input_ended = true;
    shutdown(client.socket.get(), SHUT_RD);
    return true;
  }

  /// Reads until the client closes. Unread input would turn the close into a reset, and the client
  /// could lose the response.
  static bool await_end(const http_client& client) {
    char chunk[4096];
    const ssize_t size = recv(client.socket.get(), chunk, sizeof chunk, 0);
    return size > 0 || (size < 0 && may_go_on());
  }

  /// Called when the engine has finished with a client.
  void await_close(uint64_t id) {
    if (auto* client = table_.find(id))
      client->now = phase::closing;
  }

  /// Accepts waiting connections in portions, so that a flood of clients leaves time to serve the
  /// existing ones.
  void accept_some(int listener) {
    for (size_t n = 0; n < bounds_.connections; ++n) {
      sockaddr_storage address{};
      socklen_t size = sizeof address;
      unique_fd accepted{accept4(listener, reinterpret_cast<sockaddr*>(&address), &size,
                                 SOCK_CLOEXEC | SOCK_NONBLOCK)};
      if (!accepted) {
        if (!would_block(errno) && errno != ECONNABORTED)
          accept_again_ = steady_clock::now() + accept_pause;
        return;
      }
      const socket_address from{reinterpret_cast<const sockaddr*>(&address), size};
      table_.add({std::move(accepted), from, steady_clock::now() + bounds_.lifetime});
    }
  }

  const std::vector<http_listener> listeners_;
  const unique_fd wake_;
  const limits bounds_;
  steady_clock::time_point accept_again_{};
  std::vector<pollfd> events_;
  http_client_table table_;
  std::unique_ptr<http_engine> engine_; // destroyed before the table, which it calls
};

tl::expected<std::unique_ptr<http_server>, std::string>
http_server::start(std::vector<http_listener> listeners, http_handler handler, limits bounds) {
  unique_fd wake{eventfd(0, EFD_CLOEXEC)};
  if (!wake)
    return tl::unexpected("eventfd: " + std::generic_category().message(errno));
  auto work = std::make_unique<loop>(std::move(listeners), std::move(wake), bounds);
  if (auto failed = work->prepare(std::move(handler)); !failed.empty())
    return tl::unexpected(std::move(failed));
  try {
    return std::unique_ptr<http_server>{new http_server{std::move(work)}};
  } catch (const std::system_error& failed) {
    return tl::unexpected(std::string{"thread: "} + failed.what());
  }
}

http_server::http_server(std::unique_ptr<loop> work)
  : loop_{std::move(work)}, thread_{[work = loop_.get()] { work->run(); }} {}

http_server::~http_server() { stop(); }

void http_server::stop() {
  if (!thread_.joinable())
    return;
  loop_->wake();
  thread_.join();
  loop_.reset();
}

} // namespace fedhub
