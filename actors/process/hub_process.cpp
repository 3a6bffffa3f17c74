#include "actors/process/hub_process.hpp"

#include <signal.h>

#include <atomic>
#include <functional>
#include <optional>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include "actors/admin/admin_server.hpp"
#include "actors/admin/spawn_admin.hpp"
#include "actors/admin/spawn_diagnostics.hpp"
#include "actors/dial/descriptor_share.hpp"
#include "actors/dns/dns_view_server.hpp"
#include "actors/files/file_modes.hpp"
#include "actors/history/history_reader.hpp"
#include "actors/history/history_store.hpp"
#include "actors/history/history_writer.hpp"
#include "actors/hub/hub.hpp"
#include "actors/hub/hub_services.hpp"
#include "actors/hub/settings.hpp"
#include "actors/interfaces/supervisor.hpp"
#include "actors/log/log.hpp"
#include "actors/log/peer_log.hpp"
#include "actors/net/inherited_sockets.hpp"
#include "actors/process/spawn_supervisor.hpp"
#include "actors/process/start_check.hpp"
#include "actors/routing/spawn_listener.hpp"
#include "actors/rules/connection_registry.hpp"
#include "actors/runtime/health.hpp"
#include "actors/runtime/hub_scheduler.hpp"
#include "actors/stanzas/account_balance.hpp"
#include "actors/stanzas/accounting.hpp"
#include "metrics/http/http_exporter.hpp"

namespace fedhub {

struct hub_process::parts {
  // In the order of their dependencies; destroyed in the reverse order.
  std::shared_ptr<const conf::config> config;
  hub_metrics metrics;
  std::atomic<bool> ready{false};
  std::atomic<const health*> pulse{nullptr}; ///< null: the actors have not been started.
  std::unique_ptr<network_loop> loop;
  std::unique_ptr<hub_system_config> system_config;
  std::unique_ptr<hub_services> services; ///< used by actors, so it outlives `system`.
  std::unique_ptr<history_reader> past;
  std::unique_ptr<history_writer> history;
  std::unique_ptr<caf::actor_system> system;
  hub_ptr the_hub;
  supervisor_actor supervisor;
  diagnostics_actor diagnostics;
  std::vector<listener_actor> accepting;
  std::unique_ptr<dns_view_server> dns_view; ///< null: no `listen.dns`.
  std::unique_ptr<http_exporter> exporter;
  std::unique_ptr<admin_server> management; ///< null: its socket could not be made.
  std::vector<bound_listener> bound;

  explicit parts(std::shared_ptr<const conf::config> read)
    : config(std::move(read)), metrics(config->hub.name) {}
};

namespace {

/// The time to wait at the start for a slow reader of standard error: thousands of domains may
/// cause as many warnings.
constexpr std::chrono::seconds log_start_patience{2};

/// Returns the number of the first configuration: milliseconds since 1970. So no number comes again
/// after a restart, as long as the clock goes forward.
uint64_t first_version() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

/// Returns the listeners for remote servers.
std::vector<own_listener> world_listeners(const std::vector<bound_listener>& bound) {
  std::vector<own_listener> listeners;
  for (const auto& listener : bound) {
    const bool direct_tls = listener.key == "s2s_direct_tls";
    if (!direct_tls && listener.key != "s2s")
      continue;
    if (const auto at = conf::ip_endpoint::parse(listener.str(), listener.port))
      listeners.push_back({direct_tls, at->ip, listener.port});
  }
  return listeners;
}

/// Federation does not depend on the API.
void report_no_management(const std::string& why) {
  hub_log("management")
    .warn("nobody can manage this hub, since it has no socket for that: {}", fact::reason(why));
}

} // namespace

hub_process::hub_process(std::unique_ptr<parts> x) : parts_(std::move(x)) {}

tl::expected<std::unique_ptr<hub_process>, std::string>
hub_process::start(const std::shared_ptr<const conf::config>& config,
                   std::optional<configuration_source> source) {
  std::optional<log_patience> patience{std::in_place, log_start_patience};
  for (auto& name : configure_log(config->log, config->hub.name))
    hub_log("warnings of the configuration")
      .warn("log.modules: there is no module \"{}\"", fact::found(name),
            fact::setting("log.modules"));
  limit_peer_log(*config);
  raise_descriptor_limit();
  ::signal(SIGPIPE, SIG_IGN); // the reader of a log in a pipe may end
  if (source) {
    auto found = judge_surroundings(*config, *source);
    for (auto& warning : found.warnings)
      hub_log("warnings of the configuration").warn("{}", fact::detail(warning));
    if (!found.errors.empty())
      return tl::unexpected(found.errors.front());
  }
  auto keys = load_keys(*config);
  if (!keys)
    return tl::unexpected(keys.error());
  auto tls = tls_store::load(*config, local_domains(*config));
  if (!tls)
    return tl::unexpected(tls.error());

  auto process = std::make_unique<parts>(config);
  auto sockets = listening_sockets::open(*config, inherited_sockets::take());
  if (!sockets)
    return tl::unexpected(sockets.error());
  for (auto& unused : sockets->unused)
    hub_log("warnings of the configuration")
      .warn("a socket was passed to the hub that no key of [listen] or [admin] names, so the hub "
            "closed it: {}",
            fact::address(unused), fact::setting("listen"));
  process->bound = std::move(sockets->bound);
  if (sockets->metrics) {
    auto not_ready = [&ready = process->ready] {
      return ready ? std::string() : std::string("starting or stopping");
    };
    auto ailing = [&pulse = process->pulse] {
      const auto* known = pulse.load();
      return known != nullptr ? known->ailment(std::chrono::steady_clock::now()) : std::string();
    };
    auto exporter = http_exporter::start(std::move(*sockets->metrics), process->metrics, not_ready,
                                         http_exporter::limits{}, ailing);
    if (!exporter)
      return tl::unexpected("listen.metrics: " + exporter.error());
    process->exporter = std::move(*exporter);
  }
  auto& admin_socket = sockets->management;
  if (!admin_socket)
    report_no_management(admin_socket.error());

  process->loop = std::make_unique<network_loop>(network_loop::driver::callers);
  process->system_config = std::make_unique<hub_system_config>(config->hub.threads, *process->loop);
  process->system = std::make_unique<caf::actor_system>(*process->system_config);
  auto resolver = start_resolver(*process->system, *process->loop, process->metrics, *config);
  auto first = std::make_shared<const settings>(
    settings{*config, std::move(*tls), std::move(resolver), std::move(*keys),
             std::make_shared<const trust_policy>(*config), source ? source->sum : nullptr,
             first_version()});
  process->services = std::make_unique<hub_services>(
    process->metrics, memory_limit_of(config->limits), admission_limits_of(*config));
  process->services->history->set_bounds(history_bounds_of(config->admin));
  process->past = std::make_unique<history_reader>(config->hub.state_dir);
  process->history = std::make_unique<history_writer>(
    process->services->history,
    [folder = config->hub.state_dir] { return std::make_unique<history_store>(folder); },
    [reader = process->past.get()] { reader->on_written(); });
  process->the_hub = std::make_shared<hub>(*process->services, *process->loop, std::move(first));
  process->the_hub->health = &process->system_config->health();
  process->pulse = process->the_hub->health;
  admin_seed seed{.since = std::chrono::system_clock::now(), .listeners = {}};
  for (auto& listener : process->bound)
    seed.listeners.push_back({listener.key, listener.str()});
  if (admin_socket)
    seed.listeners.push_back({"admin", admin_server::socket_path(*config)});
  process->the_hub->admin = spawn_admin(*process->system, process->the_hub, std::move(seed));
  process->diagnostics =
    spawn_diagnostics(*process->system, process->the_hub, world_listeners(process->bound));
  process->supervisor = spawn_supervisor(*process->system, process->the_hub, std::move(source));
  if (!sockets->dns.empty()) {
    std::vector<uint16_t> nodes_ports;
    for (auto& listener : process->bound)
      if (listener.key == "nodes")
        nodes_ports.push_back(listener.port);
    process->dns_view = std::make_unique<dns_view_server>(
      std::move(sockets->dns), std::move(nodes_ports), *config, process->metrics);
    process->the_hub->dns_view = process->dns_view.get();
  }
  // The supervisor answers only after it has started all its actors.
  caf::scoped_actor self{*process->system};
  self->request(process->supervisor, caf::infinite, status_atom_v)
    .receive([](status_atom) {}, [](const caf::error&) {});
  if (admin_socket) {
    auto management =
      admin_server::start(*process->system, std::move(*admin_socket),
                          {process->the_hub, process->the_hub->admin, process->supervisor,
                           process->diagnostics, *process->past});
    if (management)
      process->management = std::move(*management);
    else
      report_no_management(management.error());
  }
  patience.reset(); // before strangers can cause log lines
  for (auto& [fd, kind] : sockets->streams)
    process->accepting.push_back(
      spawn_listener(*process->system, process->the_hub, std::move(fd), kind));
  on_log_lines_lost([&lost = process->metrics.log_lines_lost](uint64_t n) {
    lost.Increment(static_cast<double>(n));
  });
  process->ready = true;
  return std::unique_ptr<hub_process>{new hub_process(std::move(process))};
}

const std::vector<bound_listener>& hub_process::listeners() const { return parts_->bound; }

std::string hub_process::ready_line() const {
  std::string line = "ready";
  for (auto& x : listener_names())
    line += " " + x;
  return line;
}

std::vector<std::string> hub_process::listener_names() const {
  std::vector<std::string> all;
  for (auto& x : parts_->bound)
    all.push_back(x.key + "=" + x.str());
  return all;
}

namespace {

/// An actor that passes the outcome of a reload to the thread that asked for it, then ends.
void await_reload(caf::event_based_actor* self, const supervisor_actor& supervisor,
                  const std::shared_ptr<std::promise<bool>>& outcome) {
  // A supervisor that ends in the middle of a reload does not answer.
  self->monitor(supervisor);
  self->set_down_handler([=](const caf::down_msg&) {
    outcome->set_value(false);
    self->quit();
  });
  self->request(supervisor, caf::infinite, reload_atom_v)
    .then(
      [=](bool applied) {
        outcome->set_value(applied);
        self->quit();
      },
      [=](const caf::error&) {
        outcome->set_value(false);
        self->quit();
      });
}

} // namespace

std::future<bool> hub_process::reload() {
  auto outcome = std::make_shared<std::promise<bool>>();
  parts_->system->spawn(await_reload, parts_->supervisor, outcome);
  return outcome->get_future();
}

std::string hub_process::ailment() const {
  return parts_->the_hub->health->ailment(std::chrono::steady_clock::now());
}

void hub_process::drain() {
  parts_->ready = false;
  caf::scoped_actor self{*parts_->system};
  for (auto& listener : parts_->accepting)
    self->send(listener, close_atom_v);
  self->request(parts_->supervisor, caf::infinite, stop_atom_v)
    .receive([](stop_atom) {}, [](const caf::error&) {});
}

hub_process::~hub_process() {
  if (parts_)
    stop();
}

hub_process::outcome hub_process::stop() {
  const auto ended = std::move(parts_);
  auto& process = *ended;
  process.ready = false;
  process.exporter.reset();
  process.management.reset();
  {
    // Actors hold handles of each other in cycles, so each has to be ended explicitly.
    caf::scoped_actor self{*process.system};
    auto end = [&](const auto& actor) { self->send_exit(actor, caf::exit_reason::user_shutdown); };
    for (auto& listener : process.accepting)
      end(listener);
    end(process.supervisor);
    end(process.the_hub->directory);
    end(process.the_hub->admin);
    end(process.diagnostics);
    for (auto& connection : process.the_hub->connections.all(connection_registry::kind::any))
      end(connection);
    for (auto& router : process.the_hub->routers)
      end(router);
    end(process.the_hub->current()->resolver);
  }
  // Only now may the parts that they share be destroyed.
  process.system->await_all_actors_done();
  process.history.reset(); // writes what the actors have recorded
  process.past.reset();
  process.dns_view.reset();
  process.accepting.clear();
  process.supervisor = nullptr;
  process.diagnostics = nullptr;
  process.the_hub->directory = nullptr;
  process.the_hub->admin = nullptr;
  process.the_hub->routers.clear();
  process.the_hub->replace(settings_ptr{});
  process.the_hub->replace(routing_table_ptr{});
  process.loop->stop(); // the loop holds handles of the sockets' owners
  outcome result;
  result.lost = process.the_hub->account.lost_count();
  const auto unanswered = static_cast<double>(process.the_hub->account.lost_answers());
  process.the_hub.reset();
  process.system.reset();
  process.loop.reset();
  report_left_out();
  on_log_lines_lost({});
  auto balance = balance_of(process.metrics);
  balance.bounced -= unanswered;
  balance.dropped += unanswered;
  result.account = balance.str();
  return result;
}

} // namespace fedhub
