#include "metrics/http/http_engine.hpp"

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

  /// Called for a request's head, then for each part of its body, then once with no part.
  static MHD_Result answer(void* self, MHD_Connection* from, const char* path, const char* method,
                           const char*, const char* part, size_t* part_size, void** context) try {
    auto& engine = *static_cast<http_engine*>(self);
    auto* exchange = static_cast<http_exchange*>(*context);
    if (exchange == nullptr) {
      exchange =
        new http_exchange{engine.bounds_.body_octets, method, path, connection_of(from).peer};
      *context = exchange;
      return exchange->begin(from, engine.bounds_.head_octets);
    }
    const size_t size = std::exchange(*part_size, 0);
    return size > 0 ? exchange->take({part, size}) : exchange->end(from, engine.handler_);
  } catch (...) {
    return MHD_NO; // out of memory; the library closes the connection
  }

  static void completed(void*, MHD_Connection*, void** context, MHD_RequestTerminationCode) {
    delete static_cast<http_exchange*>(std::exchange(*context, nullptr));
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
    engine.closed_(ended->id);
  }
};

tl::expected<std::unique_ptr<http_engine>, std::string>
http_engine::start(http_handler handler, const sizes& bounds, closed_callback closed) {
  std::unique_ptr<http_engine> engine{
    new http_engine{std::move(handler), bounds, std::move(closed)}};
  // The pool holds the head, 56 octets for each of its fields, and the head of the response.
  engine->daemon_ = MHD_start_daemon(
    MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET, 0, nullptr, nullptr, &callbacks::answer, engine.get(),
    MHD_OPTION_CONNECTION_MEMORY_LIMIT, 2 * bounds.head_octets, MHD_OPTION_CONNECTION_LIMIT,
    static_cast<unsigned>(bounds.connections), MHD_OPTION_NOTIFY_COMPLETED, &callbacks::completed,
    nullptr, MHD_OPTION_NOTIFY_CONNECTION, &callbacks::notify, engine.get(),
    MHD_OPTION_UNESCAPE_CALLBACK, &decode, nullptr, MHD_OPTION_END);
  if (engine->daemon_ == nullptr)
    return tl::unexpected("libmicrohttpd: " + std::generic_category().message(errno));
  return engine;
}

http_engine::~http_engine() {
  if (daemon_ != nullptr)
    MHD_stop_daemon(daemon_);
}

bool http_engine::add(unique_fd socket, uint64_t id, http_peer peer) {
  adding_.reset(new connection{id, std::move(peer)});
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  getpeername(socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
  const bool added =
    MHD_add_connection(daemon_, socket.release(), reinterpret_cast<const sockaddr*>(&address), size)
    == MHD_YES;
  adding_.reset();
  return added;
}

void http_engine::run() { MHD_run(daemon_); }

bool http_engine::pending() const {
  MHD_UNSIGNED_LONG_LONG milliseconds = 0;
  return MHD_get_timeout(daemon_, &milliseconds) == MHD_YES;
}

int http_engine::event_descriptor() const {
  return MHD_get_daemon_info(daemon_, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

} // namespace fedhub
