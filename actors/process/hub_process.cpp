#include "actors/process/hub_process.hpp"

#include <signal.h>

#include <atomic>
#include <cerrno>
#include <optional>
#include <system_error>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include "actors/dial/descriptor_share.hpp"
#include "actors/dns/dns_view_server.hpp"
#include "actors/files/file_modes.hpp"
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
  std::unique_ptr<caf::actor_system> system;
  hub_ptr the_hub;
  supervisor_actor supervisor;
  std::vector<listener_actor> accepting;
  std::unique_ptr<dns_view_server> dns_view; ///< null: no `listen.dns`.
  std::unique_ptr<http_exporter> exporter;
  std::vector<bound_listener> bound;

  explicit parts(std::shared_ptr<const conf::config> read)
    : config(std::move(read)), metrics(config->hub.name) {}
};

namespace {

/// The time to wait at the start for a slow reader of standard error: thousands of domains may
/// cause as many warnings.
constexpr std::chrono::seconds log_start_patience{2};

/// Returns the host part of an address, as in front of a port: "10.0.0.1" or "[::]".
std::string host_text(const conf::ip_endpoint& at) {
  auto text = at.str();
  return text.substr(0, text.rfind(':'));
}

tl::expected<std::pair<unique_fd, bound_listener>, std::string> bind(const conf::ip_endpoint& at,
                                                                     std::string_view key) {
  auto fd = listen_tcp({at.ip, at.port});
  if (!fd)
    return tl::unexpected("listen." + std::string(key) + ": " + at.str() + ": "
                          + std::generic_category().message(errno));
  auto port = local_address(fd.get()).port();
  auto text = at.str();
  return std::pair{std::move(fd),
                   bound_listener{std::string(key), text.substr(0, text.rfind(':')), port}};
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
  std::vector<std::pair<unique_fd, listener_kind>> sockets;
  auto open = [&](const std::vector<conf::ip_endpoint>& all, std::string_view key,
                  listener_kind kind) -> std::string {
    for (auto& at : all) {
      auto bound = bind(at, key);
      if (!bound)
        return bound.error();
      sockets.emplace_back(std::move(bound->first), kind);
      process->bound.push_back(std::move(bound->second));
    }
    return {};
  };
  if (auto error = open(config->listen.s2s, "s2s", listener_kind::s2s); !error.empty())
    return tl::unexpected(error);
  if (auto error =
        open(config->listen.s2s_direct_tls, "s2s_direct_tls", listener_kind::s2s_direct_tls);
      !error.empty())
    return tl::unexpected(error);
  if (auto error = open(config->listen.nodes, "nodes", listener_kind::nodes); !error.empty())
    return tl::unexpected(error);
  std::vector<dns_view_sockets> dns_sockets;
  auto inherited = inherited_sockets::take();
  for (auto& at : config->listen.dns) {
    auto opened = dns_view_sockets::open(at, inherited);
    if (!opened)
      return tl::unexpected("listen.dns: " + at.str() + ": " + opened.error());
    process->bound.push_back({"dns", host_text(at), opened->port()});
    dns_sockets.push_back(std::move(*opened));
  }
  for (auto& unused : inherited.unclaimed())
    hub_log("warnings of the configuration")
      .warn("listen.dns does not contain the address of a socket that was passed to the hub: {}",
            fact::address(unused), fact::setting("listen.dns"));
  if (auto& at = config->listen.metrics) {
    auto not_ready = [&ready = process->ready] {
      return ready ? std::string() : std::string("starting or stopping");
    };
    auto ailing = [&pulse = process->pulse] {
      const auto* known = pulse.load();
      return known != nullptr ? known->ailment(std::chrono::steady_clock::now()) : std::string();
    };
    auto exporter =
      http_exporter::start(at->ip.str(), at->port, process->metrics, not_ready, ailing);
    if (!exporter)
      return tl::unexpected("listen.metrics: " + exporter.error());
    process->exporter = std::move(*exporter);
    auto text = at->str();
    process->bound.push_back(
      {"metrics", text.substr(0, text.rfind(':')), process->exporter->port()});
  }

  process->loop = std::make_unique<network_loop>(network_loop::driver::callers);
  process->system_config = std::make_unique<hub_system_config>(config->hub.threads, *process->loop);
  process->system = std::make_unique<caf::actor_system>(*process->system_config);
  auto resolver = start_resolver(*process->system, *process->loop, process->metrics, *config);
  auto first = std::make_shared<const settings>(
    settings{*config, std::move(*tls), std::move(resolver), std::move(*keys),
             std::make_shared<const trust_policy>(*config)});
  process->services = std::make_unique<hub_services>(
    process->metrics, memory_limit_of(config->limits), admission_limits_of(*config));
  process->the_hub = std::make_shared<hub>(*process->services, *process->loop, std::move(first));
  process->the_hub->health = &process->system_config->health();
  process->pulse = process->the_hub->health;
  process->supervisor = spawn_supervisor(*process->system, process->the_hub, std::move(source));
  if (!dns_sockets.empty()) {
    std::vector<uint16_t> nodes_ports;
    for (auto& listener : process->bound)
      if (listener.key == "nodes")
        nodes_ports.push_back(listener.port);
    process->dns_view = std::make_unique<dns_view_server>(
      std::move(dns_sockets), std::move(nodes_ports), *config, process->metrics);
    process->the_hub->dns_view = process->dns_view.get();
  }
  // The supervisor answers only after it has started all its actors.
  caf::scoped_actor self{*process->system};
  self->request(process->supervisor, caf::infinite, status_atom_v)
    .receive([](status_atom) {}, [](const caf::error&) {});
  patience.reset(); // before strangers can cause log lines
  for (auto& [fd, kind] : sockets)
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

void hub_process::reload() { caf::anon_send(parts_->supervisor, reload_atom_v); }

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
  {
    // Actors hold handles of each other in cycles, so each has to be ended explicitly.
    caf::scoped_actor self{*process.system};
    auto end = [&](const auto& actor) { self->send_exit(actor, caf::exit_reason::user_shutdown); };
    for (auto& listener : process.accepting)
      end(listener);
    end(process.supervisor);
    end(process.the_hub->directory);
    for (auto& connection : process.the_hub->connections.all(connection_registry::kind::any))
      end(connection);
    for (auto& router : process.the_hub->routers)
      end(router);
    end(process.the_hub->current()->resolver);
  }
  // Only now may the parts that they share be destroyed.
  process.system->await_all_actors_done();
  process.dns_view.reset();
  process.accepting.clear();
  process.supervisor = nullptr;
  process.the_hub->directory = nullptr;
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
