#include "metrics/http/http_engine.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <system_error>
#include <utility>

#include <microhttpd.h>
#include <sys/socket.h>

#include "metrics/http/http_exchange.hpp"

namespace fedhub {

namespace {

/// Decodes the escapes of a path, or of a name or value in a query. Leaves a text with `%00` as it
/// is, since the library passes the path as a C string, which would end there.
size_t decode(void*, MHD_Connection*, char* text) {
  return std::string_view{text}.find("%00") == std::string_view::npos ? MHD_http_unescape(text)
                                                                      : std::strlen(text);
}

} // namespace

/// The library's callbacks. No exception may pass through the library.
struct http_engine::callbacks {
  static connection& connection_of(MHD_Connection* from) {
    const auto* info = MHD_get_connection_info(from, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return *static_cast<connection*>(info->socket_context);
  }

  /// Called for a request's first line.
  static void* requested(void* self, const char* target, MHD_Connection* from) noexcept {
    auto& client = connection_of(from);
    client.target = target;
    ++client.requests;
    static_cast<http_engine*>(self)->made_(client.id, step::requested);
    return nullptr; // the context for `answer`
  }

  /// Called for a request's head, then for each part of its body, then once with no part.
  static MHD_Result answer(void* self, MHD_Connection* from, const char* path, const char* method,
                           const char*, const char* part, size_t* part_size, void** context) try {
    auto& engine = *static_cast<http_engine*>(self);
    auto* exchange = static_cast<http_exchange*>(*context);
    if (exchange == nullptr) {
      auto& client = connection_of(from);
      const bool last = client.requests >= engine.bounds_.requests_per_connection;
      http_request request{.method = method,
                           .target = std::move(client.target),
                           .path = path,
                           .query = {},
                           .headers = {},
                           .body = {},
                           .peer = client.peer};
      auto begun =
        std::make_unique<http_exchange>(engine.service_, std::move(request), client.id, last);
      *context = begun.get();
      return begun.release()->begin(from);
    }
    if (const size_t size = std::exchange(*part_size, 0); size > 0)
      return exchange->take({part, size});
    const MHD_Result result = exchange->end(from);
    if (exchange->request())
      engine.asked_.try_emplace(*exchange->request(), exchange);
    return result;
  } catch (...) {
    return MHD_NO; // out of memory; the library closes the connection
  }

  static void completed(void* self, MHD_Connection* from, void** context,
                        MHD_RequestTerminationCode how) {
    auto& engine = *static_cast<http_engine*>(self);
    const std::unique_ptr<http_exchange> over{
      static_cast<http_exchange*>(std::exchange(*context, nullptr))};
    if (over != nullptr && over->request())
      engine.asked_.erase(*over->request());
    if (how == MHD_REQUEST_TERMINATED_COMPLETED_OK)
      engine.made_(connection_of(from).id, step::answered);
  }

  static void notify(void* self, MHD_Connection*, void** context,
                     MHD_ConnectionNotificationCode code) {
    auto& engine = *static_cast<http_engine*>(self);
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
      *context = engine.adding_.release();
      return;
    }
    const std::unique_ptr<connection> ended{
      static_cast<connection*>(std::exchange(*context, nullptr))};
    engine.made_(ended->id, step::closed);
  }
};

tl::expected<std::unique_ptr<http_engine>, std::string>
http_engine::start(http_service service, sizes bounds, step_callback made) {
  std::unique_ptr<http_engine> engine{new http_engine{std::move(service), bounds, std::move(made)}};
  // The pool holds the head, 56 octets for each of its fields, and the head of the response.
  engine->daemon_ = MHD_start_daemon(
    MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME, 0, nullptr, nullptr,
    &callbacks::answer, engine.get(), MHD_OPTION_CONNECTION_MEMORY_LIMIT,
    2 * engine->service_.head_octets, MHD_OPTION_CONNECTION_LIMIT,
    static_cast<unsigned>(bounds.connections), MHD_OPTION_NOTIFY_COMPLETED, &callbacks::completed,
    engine.get(), MHD_OPTION_NOTIFY_CONNECTION, &callbacks::notify, engine.get(),
    MHD_OPTION_UNESCAPE_CALLBACK, &decode, nullptr, MHD_OPTION_URI_LOG_CALLBACK,
    &callbacks::requested, engine.get(), MHD_OPTION_END);
  if (engine->daemon_ == nullptr)
    return tl::unexpected("libmicrohttpd: " + std::generic_category().message(errno));
  return engine;
}

http_engine::~http_engine() {
  if (daemon_ == nullptr)
    return;
  // The library must not be stopped while a connection is suspended.
  for (auto& [request, exchange] : asked_)
    end(*exchange, http_stream_end::stopped);
  MHD_stop_daemon(daemon_);
}

bool http_engine::add(unique_fd socket, uint64_t id, http_peer peer) {
  adding_.reset(new connection{id, std::move(peer), {}, 0});
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  getpeername(socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
  const bool added =
    MHD_add_connection(daemon_, socket.release(), reinterpret_cast<const sockaddr*>(&address), size)
    == MHD_YES;
  adding_.reset();
  return added;
}

void http_engine::run() {
  resumed_ = false;
  MHD_run(daemon_);
}

void http_engine::deliver() {
  for (auto& [request, reply] : service_.replies->take_all())
    if (const auto at = asked_.find(request); at != asked_.end())
      answer(*at->second, std::move(reply));
  for (auto& [request, exchange] : asked_) {
    resumed_ |= exchange->continue_stream();
    if (exchange->events() != nullptr && exchange->events()->ended() == http_stream_end::slow)
      made_(exchange->client(), step::overrun);
  }
}

bool http_engine::expire(uint64_t id) {
  http_exchange* exchange = waiting(id);
  if (exchange != nullptr)
    answer(*exchange, http_failure::late);
  return exchange != nullptr;
}

void http_engine::drop(uint64_t id) {
  if (http_exchange* exchange = find(id))
    end(*exchange, http_stream_end::gone);
}

bool http_engine::comment(uint64_t id) {
  http_exchange* exchange = find(id);
  if (exchange == nullptr || exchange->events() == nullptr || !exchange->events()->tick())
    return false;
  resumed_ |= exchange->continue_stream();
  return true;
}

void http_engine::answer(http_exchange& exchange, http_reply&& reply) {
  exchange.answer(std::move(reply));
  resumed_ = true;
}

void http_engine::end(http_exchange& exchange, http_stream_end why) {
  if (exchange.waits())
    answer(exchange, http_failure::gone);
  if (exchange.events() == nullptr)
    return;
  exchange.events()->end(why);
  resumed_ |= exchange.continue_stream();
}

http_exchange* http_engine::find(uint64_t id) const {
  const auto at =
    std::ranges::find_if(asked_, [id](const auto& row) { return row.second->client() == id; });
  return at == asked_.end() ? nullptr : at->second;
}

http_exchange* http_engine::waiting(uint64_t id) const {
  http_exchange* exchange = find(id);
  return exchange != nullptr && exchange->waits() ? exchange : nullptr;
}

bool http_engine::pending() const {
  MHD_UNSIGNED_LONG_LONG milliseconds = 0;
  // The library's descriptor is not readable because a connection was resumed.
  return resumed_ || MHD_get_timeout(daemon_, &milliseconds) == MHD_YES;
}

int http_engine::event_descriptor() const {
  return MHD_get_daemon_info(daemon_, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

} // namespace fedhub
