#include "actors/admin/admin_server.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <system_error>
#include <utility>
#include <vector>

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>

#include "actors/access/access_guard.hpp"
#include "actors/access/tls_front.hpp"
#include "actors/admin/access_answers.hpp"
#include "actors/admin/api_call.hpp"
#include "actors/admin/api_diagnosis.hpp"
#include "actors/admin/api_response.hpp"
#include "actors/admin/history_answers.hpp"
#include "actors/admin/openapi_text.hpp"
#include "actors/admin/order_audit.hpp"
#include "actors/admin/past_attempts.hpp"
#include "actors/console/served_files.hpp"
#include "actors/files/state_folder.hpp"
#include "actors/history/history_queue.hpp"
#include "actors/hub/settings.hpp"
#include "actors/log/peer_log.hpp"
#include "actors/net/inherited_sockets.hpp"
#include "metrics/sockets/listening_socket.hpp"

namespace fedhub {

namespace {

/// The group has what the file's owner has.
constexpr mode_t socket_mode = 0660;
/// Longer than `answer_time`, within which the admin actor answers unless the hub is ending.
constexpr std::chrono::seconds patience{2};

/// Gives the socket to the group, if there is such a group, else to the hub's own; then lets the
/// group use it. @returns why not; empty if it is done.
std::string open_to_group(const std::string& path, const std::string& group) {
  std::vector<char> room(16384);
  ::group entry{};
  ::group* found = nullptr;
  getgrnam_r(group.c_str(), &entry, room.data(), room.size(), &found);
  const auto id = found != nullptr ? found->gr_gid : ::getegid();
  if (::chown(path.c_str(), static_cast<uid_t>(-1), id) != 0)
    return std::generic_category().message(errno);
  // The umask has narrowed the mode that the socket was made with.
  if (::chmod(path.c_str(), socket_mode) != 0)
    return std::generic_category().message(errno);
  return {};
}

/// @param strangers whether clients may be strangers, until they have logged in.
http_server::limits bounds(bool strangers) {
  http_server::limits limits;
  limits.connections = 64;
  limits.connections_per_origin = 32;
  limits.body_octets = strangers ? 1 << 18 : 1 << 20;
  limits.lifetime = std::max<std::chrono::seconds>(configuration_patience, diagnosis_time)
                    + std::chrono::seconds{5};
  limits.requests_per_connection = 1000;
  limits.event_streams = 16;
  return limits;
}

/// Called with the answer to a call; null: there is none.
using outcome_record = std::function<void(const admin_answer* answer)>;

/// An actor that passes a call to the admin actor, and the answer to the responder, then ends.
void carry(caf::event_based_actor* self, const api_services& services, const api_call& call,
           const outcome_record& record, const http_responder& respond) {
  const auto answered = [=, past = &services.past](const admin_answer_ptr& answer) {
    record(answer.get());
    const auto* domain = std::get_if<admin::domain_details>(answer.get());
    if (domain != nullptr && domain->attempts.size() < admin::domain_details::most_attempts)
      answer_with_past(*past, *domain, respond);
    else
      respond(response_of(*answer));
  };
  const auto failed = [=](const caf::error&) {
    record(nullptr);
    respond(
      response_of(admin::problem_document{503, "the hub is stopping, or too busy to answer"}));
  };
  if (const auto* question = std::get_if<admin_question>(&call))
    self
      ->request(services.admin, patience, ask_atom_v,
                std::make_shared<const admin_question>(*question))
      .then(answered, failed);
  else if (const auto* order = std::get_if<admin_order>(&call))
    self
      ->request(services.admin, patience, order_atom_v, std::make_shared<const admin_order>(*order))
      .then(answered, failed);
}

/// Returns the function that records how an order has ended; for a question it records nothing.
outcome_record recorder_of(history_queue& history, const api_call& call, const http_peer& caller) {
  const auto* order = std::get_if<admin_order>(&call);
  if (order == nullptr)
    return [](const admin_answer*) {};
  return [&history, order = *order, caller](const admin_answer* answer) {
    history.record(audit_of(order, caller, answer));
  };
}

void diagnose(caf::actor_system& system, const api_services& services,
              const diagnosis_request& asked, const http_peer& caller,
              const http_responder& respond) {
  if (auto row = audit_of(asked, caller))
    services.hub->history.record(std::move(*row));
  answer_diagnosis(system, services.diagnostics, asked, respond);
}

/// Answers the call of a caller whose rights are known.
void answer_caller(caf::actor_system& system, const api_services& services, access_guard& guard,
                   const api_caller& caller, const http_request& request,
                   const http_responder& respond) {
  const auto call = read_call(request, caller.owner.role);
  if (const auto* problem = std::get_if<admin::problem_document>(&call))
    respond(response_of(*problem));
  else if (std::holds_alternative<description_question>(call))
    respond(json_response(std::string{openapi_text()}));
  else if (const auto* past = std::get_if<history_question>(&call))
    answer_history(services.past, *past, request, respond,
                   [&guard, caller](const http_event_stream& stream) {
                     if (!caller.owner.uid || caller.session)
                       guard.watch(caller, stream);
                   });
  else if (const auto* capture = std::get_if<capture_call>(&call))
    answer_capture_call(*services.hub, *capture, request.peer, respond);
  else if (const auto* access = std::get_if<access_call>(&call))
    answer_access(guard, *access, caller, request.peer, respond);
  else if (const auto* configuration = std::get_if<configuration_call>(&call))
    answer_configuration_call(system, services.hub, services.supervisor, *configuration, respond);
  else if (const auto* diagnosis = std::get_if<diagnosis_request>(&call))
    diagnose(system, services, *diagnosis, request.peer, respond);
  else
    system.spawn(carry, services, call, recorder_of(services.hub->history, call, request.peer),
                 respond);
}

http_response problem_of(unsigned status, std::string detail) {
  return response_of(admin::problem_document{status, std::move(detail)});
}

bool is_log_in(const http_request& request) {
  return request.method == "POST" && request.path == log_in_path;
}

/// Returns the log-in that a request asks for, or the problem with it.
std::variant<log_in_request, admin::problem_document> read_log_in(const http_request& request) {
  auto call = read_call(request);
  if (auto* access = std::get_if<access_call>(&call))
    if (auto* shown = std::get_if<log_in_request>(access))
      return std::move(*shown);
  if (auto* problem = std::get_if<admin::problem_document>(&call))
    return std::move(*problem);
  return admin::problem_document{404, "the API is at " + std::string{api_root}};
}

} // namespace

/// Answers the requests of one listener.
class admin_server::door {
public:
  /// @param address of the listener; of a relay's for the Unix socket.
  door(caf::actor_system& system, const api_services& services, access_guard& guard, api_door kind,
       ip_address address)
    : system_{system}, services_{services}, guard_{guard}, kind_{kind}, address_{address} {}

  api_door kind() const { return kind_; }

  void answer(http_request request, const http_responder& respond) const {
    // A connection to the socket without a user is a relay's, which stands for anybody.
    const auto kind = kind_ == api_door::socket && !request.peer.uid ? api_door::loopback : kind_;
    const auto settings = services_.hub->current(); // holds the names while they are compared
    auto judged = guard_.judge(request, kind, names_of(*settings, address_));
    if (const auto* problem = std::get_if<admin::problem_document>(&judged))
      return respond_with(
        problem->status == 401 ? unauthorised(problem->detail) : response_of(*problem), respond);
    if (auto file = console_response(request)) // for everybody: it has nothing of the hub in it
      return respond_with(std::move(*file), respond);
    const auto& caller = std::get<std::optional<api_caller>>(judged);
    if (kind != api_door::socket && is_log_in(request))
      return log_in(request, kind, respond);
    if (!caller)
      return respond_with(unauthorised("log in first: POST " + std::string{log_in_path}), respond);
    if (kind != api_door::socket)
      request.peer.user = caller->owner.name();
    answer_caller(system_, services_, guard_, *caller, request, respond);
  }

private:
  static void respond_with(http_response response, const http_responder& respond) {
    respond(std::move(response));
  }

  void log_in(const http_request& request, api_door kind, const http_responder& respond) const {
    const auto read = read_log_in(request);
    if (const auto* problem = std::get_if<admin::problem_document>(&read))
      return respond_with(response_of(*problem), respond);
    answer_log_in(guard_, std::get<log_in_request>(read), request.peer, kind, respond);
  }

  static served_names names_of(const settings& settings, const ip_address& address) {
    const auto* certificate = settings.tls->management();
    return {address, settings.config.admin.hosts,
            certificate != nullptr ? &certificate->names : nullptr};
  }

  caf::actor_system& system_;
  const api_services& services_;
  access_guard& guard_;
  const api_door kind_;
  const ip_address address_;
};

admin_server::admin_server(caf::actor_system& system, api_services services)
  : system_{system}, services_{std::move(services)}, guard_{std::make_unique<access_guard>(
                                                       services_.hub)} {}

namespace {

/// Returns where a browser finds `listen.admin`: at the name that the operator has chosen, or that
/// a certificate of its own has, else at the address.
std::string url_of(const settings& settings, const ip_address& address, uint16_t port) {
  const auto& config = settings.config.admin;
  const auto* certificate = settings.tls->management();
  auto host = address.is_any() ? std::string{"localhost"} : address.str();
  if (!config.hosts.empty()) {
    host = config.hosts.front();
  } else if (certificate != nullptr && !config.chain_file.empty()) {
    const auto& names = certificate->names.names;
    const auto named = std::ranges::find_if(
      names, [](const presented_name& name) { return !name.text.starts_with('*'); });
    if (named != names.end())
      host = named->text;
  }
  if (host.find(':') != std::string::npos)
    host = '[' + host + ']';
  return (certificate != nullptr ? "https://" : "http://") + host + ':' + std::to_string(port);
}

} // namespace

// The servers end first: they call the guard.
admin_server::~admin_server() {
  close_tcp();
  socket_.reset();
}

tl::expected<std::unique_ptr<http_server>, std::string>
admin_server::serve(std::vector<http_listener> listeners, std::shared_ptr<const door> at) {
  const bool strangers = at->kind() != api_door::socket;
  http_async_handler handler = [at = std::move(at)](http_request request,
                                                    const http_responder& respond) {
    at->answer(std::move(request), respond);
  };
  return http_server::start(std::move(listeners), std::move(handler), bounds(strangers),
                            problem_of);
}

std::string admin_server::socket_path(const conf::config& config) {
  if (!config.admin.socket.empty())
    return config.admin.socket.string();
  // systemd.exec(5): separated by colons. No thread changes the environment.
  const auto* given = std::getenv("RUNTIME_DIRECTORY"); // NOLINT(concurrency-mt-unsafe)
  const std::string_view folders = given != nullptr ? given : "";
  const std::filesystem::path first{folders.substr(0, folders.find(':'))};
  const auto& folder = first.empty() ? config.hub.state_dir : first;
  return (folder / "admin.sock").string();
}

tl::expected<http_listener, std::string> admin_server::bind(const conf::config& config,
                                                            inherited_sockets& inherited) {
  const auto path = socket_path(config);
  if (auto passed = inherited.claim_local(path))
    return http_listener::inherited(std::move(passed));
  if (std::filesystem::path{path}.parent_path() == config.hub.state_dir)
    if (auto folder = state_folder::open(config.hub.state_dir, state_use::make); !folder)
      return tl::unexpected(folder.error());
  auto listener = http_listener::local(path, socket_mode);
  if (!listener)
    return listener;
  give_to_group(path, config.admin.group);
  return listener;
}

void admin_server::give_to_group(const std::string& path, const std::string& group) {
  if (auto why = open_to_group(path, group); !why.empty())
    hub_log("management")
      .warn("{} can't be opened to the group {}: {}", fact::file(path), group, fact::reason(why));
}

tl::expected<std::unique_ptr<admin_server>, std::string>
admin_server::start(caf::actor_system& system, std::optional<http_listener> socket,
                    api_services services) {
  std::unique_ptr<admin_server> made{new admin_server{system, std::move(services)}};
  std::vector<http_listener> listeners;
  if (socket)
    listeners.push_back(std::move(*socket));
  auto server =
    made->serve(std::move(listeners),
                std::make_shared<const door>(system, made->services_, *made->guard_,
                                             api_door::socket, ip_address::v4({127, 0, 0, 1})));
  if (!server)
    return tl::unexpected(server.error());
  made->socket_ = std::move(*server);
  return made;
}
// The front ends first: it passes connections on to the server.
void admin_server::close_tcp() {
  guard_->served_at({});
  front_.reset();
  tcp_.reset();
  tcp_copy_.reset();
}

tl::expected<void, std::string> admin_server::serve_tcp(http_listener listener,
                                                        const ip_address& address) {
  close_tcp();
  tcp_copy_ = duplicate(listener.fd());
  tcp_address_ = address;
  const auto settings = services_.hub->current();
  const bool encrypted = settings->tls->management() != nullptr;
  auto url = url_of(*settings, address, listener.port());
  auto at = std::make_shared<const door>(system_, services_, *guard_,
                                         encrypted ? api_door::tls : api_door::loopback, address);
  // With TLS, the front accepts the connections.
  std::vector<http_listener> at_once, behind_tls;
  (encrypted ? behind_tls : at_once).push_back(std::move(listener));
  auto server = serve(std::move(at_once), std::move(at));
  if (!server)
    return tl::unexpected(server.error());
  tcp_ = std::move(*server);
  if (!encrypted) {
    guard_->served_at(std::move(url));
    return {};
  }
  auto front = tls_front::start(
    std::move(behind_tls.front()), [this] { return new_session(); },
    [this](unique_fd socket, const socket_address& from) { tcp_->adopt(std::move(socket), from); },
    {});
  if (!front)
    return tl::unexpected(front.error());
  front_ = std::move(*front);
  guard_->served_at(std::move(url));
  return {};
}

void admin_server::follow_settings() {
  if (!tcp_)
    return;
  const auto settings = services_.hub->current();
  const bool encrypted = settings->tls->management() != nullptr;
  auto listener = http_listener::inherited(duplicate(tcp_copy_.get()));
  if (encrypted == (front_ != nullptr)) {
    guard_->served_at(url_of(*settings, tcp_address_, listener.port()));
    return;
  }
  if (auto served = serve_tcp(std::move(listener), tcp_address_); !served)
    hub_log("management").warn("listen.admin is not served: {}", fact::reason(served.error()));
}

ssl_ptr admin_server::new_session() const {
  // The certificate in force may have changed since the connection before.
  const auto settings = services_.hub->current();
  const auto* certificate = settings->tls->management();
  return certificate != nullptr ? ssl_ptr{SSL_new(certificate->context.get())} : ssl_ptr{};
}

void admin_server::replace_socket(std::optional<http_listener> socket, http_server::ending how) {
  socket_->replace(0, std::move(socket), how);
}

} // namespace fedhub
