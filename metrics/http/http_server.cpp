#include "metrics/http/http_server.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "metrics/http/http_client_table.hpp"
#include "metrics/http/http_engine.hpp"
#include "metrics/http/http_reply_queue.hpp"
#include "metrics/sockets/socket.hpp"

namespace fedhub {

namespace {

using std::chrono::steady_clock;

/// How long the listeners are ignored after a failed accept, for example without free file
/// descriptors. They stay readable, and the thread would spin.
constexpr std::chrono::milliseconds accept_pause{100};

/// How long a client may take for the refusal at its request's deadline.
constexpr std::chrono::milliseconds farewell{1000};

/// After so many intervals of comments the kernel ends an event stream whose client is silent.
constexpr int intervals_unacknowledged = 4;

constexpr std::string_view not_http = "HTTP/1.1 400 Bad Request\r\n"
                                      "Connection: close\r\nContent-Length: 0\r\n\r\n";

bool may_go_on() { return would_block(errno) || errno == EINTR; }

} // namespace

/// The work of the thread.
class http_server::loop {
public:
  loop(std::vector<http_listener> listeners, unique_fd wake, limits bounds)
    : listeners_{std::move(listeners)}, replies_{std::make_shared<http_reply_queue>(
                                          std::move(wake))},
      bounds_{bounds}, table_{bounds.connections, bounds.connections_per_origin,
                              [this](uint64_t id) { engine_->drop(id); }} {}

  ~loop() { replies_->close(); }

  /// Starts the engine. @returns what failed; empty if nothing did.
  std::string prepare(http_async_handler handler, http_problem problem) {
    // Twice the connections, since those that the table has just ended stay in the engine until it
    // runs.
    auto engine = http_engine::start({std::move(handler), std::move(problem),
                                      [this](uint64_t id) { return begin_stream(id); }, replies_,
                                      bounds_.head_octets, bounds_.body_octets},
                                     {2 * bounds_.connections, bounds_.requests_per_connection},
                                     [this](uint64_t id, http_engine::step made) {
                                       if (auto* client = table_.find(id))
                                         follow(*client, made);
                                     });
    if (!engine)
      return engine.error();
    engine_ = std::move(*engine);
    return {};
  }

  /// Makes `run` return.
  void end() {
    ending_ = true;
    replies_->wake();
  }

  void run() {
    // `deliver` may have read the wake-up of `wake`, so this is asked before each wait.
    while (!ending_) {
      wait();
      if (ending_)
        return;
      if (events_[0].revents != 0)
        engine_->deliver();
      begin_next_requests();
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
    if (!client.in_engine())
      return POLLIN;
    if (client.input_ended)
      return 0;
    return client.now == phase::idle ? POLLIN : POLLRDHUP;
  }

  /// Waits for events. Fills `events_`: the wake-up, the engine, the listeners, then the clients.
  void wait() {
    const auto now = steady_clock::now();
    const bool accepting = now >= accept_again_;
    auto next = accepting ? steady_clock::time_point::max() : accept_again_;
    events_.assign(
      {{replies_->wake_descriptor(), POLLIN, 0}, {engine_->event_descriptor(), POLLIN, 0}});
    for (const auto& listener : listeners_)
      events_.push_back({listener.fd(), static_cast<short>(accepting ? POLLIN : 0), 0});
    for (const auto& [id, client] : table_.all()) {
      events_.push_back({client.socket.get(), interest(client), 0});
      next = std::min(next, client.due());
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

  std::vector<pollfd>::iterator first_client_event() {
    return events_.begin() + static_cast<ptrdiff_t>(2 + listeners_.size());
  }

  /// Notes that idle clients have sent something. The engine reports a request only when its first
  /// line is complete, and the deadline counts from the first octet.
  void begin_next_requests() {
    auto event = first_client_event();
    for (auto& [id, client] : table_.all())
      if ((event++->revents & POLLIN) != 0 && client.now == phase::idle)
        begin_request(client);
  }

  void begin_request(http_client& client) {
    client.now = phase::served;
    client.deadline = steady_clock::now() + bounds_.lifetime;
  }

  /// Handles each client that has an event outside of the engine, and ends clients that are over or
  /// out of time.
  void attend_clients() {
    const auto now = steady_clock::now();
    auto event = first_client_event();
    for (auto at = table_.all().begin(); at != table_.all().end(); ++event) {
      auto& [id, client] = *at;
      bool over = event->revents != 0 && !proceed(id, client, event->revents);
      if (client.due() <= now)
        over |= !extend(id, client);
      at = over ? table_.end(at) : std::next(at);
    }
  }

  /// Handles a client whose time has come. @returns false if its connection is over.
  bool extend(uint64_t id, http_client& client) {
    if (client.now == phase::streaming) {
      client.deadline = steady_clock::now() + bounds_.comment_interval;
      return engine_->comment(id);
    }
    if (client.now != phase::served || !engine_->expire(id))
      return false;
    client.deadline += farewell;
    return true;
  }

  /// Lets a client have an event stream, if there is room.
  bool begin_stream(uint64_t id) {
    auto* client = table_.find(id);
    if (client == nullptr
        || !table_.has_room_for_stream(*client, bounds_.event_streams,
                                       bounds_.event_streams_per_origin))
      return false;
    client->now = phase::streaming;
    client->deadline = steady_clock::now() + bounds_.comment_interval;
    // A client that vanishes acknowledges nothing. Unix sockets have no such option, nor the need.
    const auto unacknowledged =
      static_cast<int>(intervals_unacknowledged * bounds_.comment_interval.count());
    setsockopt(client->socket.get(), IPPROTO_TCP, TCP_USER_TIMEOUT, &unacknowledged,
               sizeof unacknowledged);
    return true;
  }

  /// Handles an event of a client. @returns false if the connection is over.
  bool proceed(uint64_t id, http_client& client, short events) {
    switch (client.now) {
    case phase::silent:
      return begin(id, client);
    case phase::streaming:
      return (events & ~POLLIN) == 0;
    case phase::served:
    case phase::idle:
      // The engine does not see the end of a client that waits for its response.
      if ((events & (POLLHUP | POLLERR)) != 0 && engine_->waits(id))
        return false;
      return (events & ~POLLIN) == 0 || end_input(client);
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

  /// Called when the engine has made a step.
  void follow(http_client& client, http_engine::step made) {
    const auto now = steady_clock::now();
    switch (made) {
    case http_engine::step::requested: // sent together with the request before
      if (client.now == phase::idle)
        begin_request(client);
      break;
    case http_engine::step::overrun:
      if (client.now == phase::streaming)
        client.deadline = now;
      break;
    case http_engine::step::answered:
      if (client.now == phase::streaming)
        client.deadline = now + farewell;
      client.now = phase::idle;
      client.idle_until = now + bounds_.idle;
      break;
    case http_engine::step::closed:
      if (client.now == phase::streaming)
        client.deadline = now + farewell;
      client.now = phase::closing;
      break;
    }
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
  const std::shared_ptr<http_reply_queue> replies_;
  const limits bounds_;
  std::atomic<bool> ending_ = false;
  steady_clock::time_point accept_again_{};
  std::vector<pollfd> events_;
  http_client_table table_;
  std::unique_ptr<http_engine> engine_; // destroyed before the table, which it calls
};

tl::expected<std::unique_ptr<http_server>, std::string>
http_server::start(std::vector<http_listener> listeners, http_handler handler, limits bounds,
                   http_problem problem) {
  http_async_handler at_once = [handler = std::move(handler)](const http_request& request,
                                                              const http_responder& respond) {
    respond(handler(request));
  };
  return start(std::move(listeners), std::move(at_once), bounds, std::move(problem));
}

tl::expected<std::unique_ptr<http_server>, std::string>
http_server::start(std::vector<http_listener> listeners, http_async_handler handler, limits bounds,
                   http_problem problem) {
  unique_fd wake{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  if (!wake)
    return tl::unexpected("eventfd: " + std::generic_category().message(errno));
  auto work = std::make_unique<loop>(std::move(listeners), std::move(wake), bounds);
  if (auto failed = work->prepare(std::move(handler), std::move(problem)); !failed.empty())
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
  loop_->end();
  thread_.join();
  loop_.reset();
}

} // namespace fedhub
