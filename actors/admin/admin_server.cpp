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

#include "actors/admin/api_call.hpp"
#include "actors/admin/api_diagnosis.hpp"
#include "actors/admin/api_response.hpp"
#include "actors/admin/history_answers.hpp"
#include "actors/admin/openapi_text.hpp"
#include "actors/admin/order_audit.hpp"
#include "actors/admin/past_attempts.hpp"
#include "actors/files/state_folder.hpp"
#include "actors/history/history_queue.hpp"
#include "actors/log/peer_log.hpp"
#include "actors/net/inherited_sockets.hpp"
#include "metrics/http/http_server.hpp"

namespace fedhub {

namespace {

/// The group has what the file's owner has.
constexpr mode_t socket_mode = 0660;
/// Longer than `answer_time`, within which the admin actor answers unless the hub is ending.
constexpr std::chrono::seconds patience{2};

/// Gives the socket to the group, if there is such a group, then lets the group use it. @returns
/// why not; empty if it is done.
std::string open_to_group(const std::string& path, const std::string& group) {
  std::vector<char> room(16384);
  ::group entry{};
  ::group* found = nullptr;
  getgrnam_r(group.c_str(), &entry, room.data(), room.size(), &found);
  if (found != nullptr && ::chown(path.c_str(), static_cast<uid_t>(-1), found->gr_gid) != 0)
    return std::generic_category().message(errno);
  // The umask has narrowed the mode that the socket was made with.
  if (::chmod(path.c_str(), socket_mode) != 0)
    return std::generic_category().message(errno);
  return {};
}

http_server::limits bounds() {
  http_server::limits limits;
  limits.connections = 64;
  limits.connections_per_origin = 32;
  limits.body_octets = 1 << 20;
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

void answer(caf::actor_system& system, const api_services& services, const http_request& request,
            const http_responder& respond) {
  const auto call = read_call(request);
  if (const auto* problem = std::get_if<admin::problem_document>(&call))
    respond(response_of(*problem));
  else if (std::holds_alternative<description_question>(call))
    respond(json_response(std::string{openapi_text()}));
  else if (const auto* past = std::get_if<history_question>(&call))
    answer_history(services.past, *past, request, respond);
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

} // namespace

admin_server::admin_server(std::unique_ptr<http_server> server) : server_{std::move(server)} {}
admin_server::~admin_server() = default;

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
  if (auto why = open_to_group(path, config.admin.group); !why.empty())
    hub_log("management")
      .warn("{} can't be opened to the group {}: {}", fact::file(path), config.admin.group,
            fact::reason(why));
  return listener;
}

tl::expected<std::unique_ptr<admin_server>, std::string>
admin_server::start(caf::actor_system& system, http_listener socket, api_services services) {
  std::vector<http_listener> listeners;
  listeners.push_back(std::move(socket));
  http_async_handler handler = [&system, services = std::move(services)](
                                 const http_request& request, const http_responder& respond) {
    answer(system, services, request, respond);
  };
  auto server = http_server::start(std::move(listeners), std::move(handler), bounds(), problem_of);
  if (!server)
    return tl::unexpected(server.error());
  return std::unique_ptr<admin_server>{new admin_server{std::move(*server)}};
}

} // namespace fedhub
