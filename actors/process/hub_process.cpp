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

#include "actors/admin/spawn_admin.hpp"
#include "actors/admin/spawn_diagnostics.hpp"
#include "actors/capture/capture_desk.hpp"
#include "actors/dial/descriptor_share.hpp"
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
#include "actors/process/hub_listeners.hpp"
#include "actors/process/listening_sockets.hpp"
#include "actors/process/spawn_supervisor.hpp"
#include "actors/process/start_check.hpp"
#include "actors/rules/connection_registry.hpp"
#include "actors/runtime/health.hpp"
#include "actors/runtime/hub_scheduler.hpp"
#include "actors/stanzas/account_balance.hpp"
#include "actors/stanzas/accounting.hpp"

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
  std::unique_ptr<capture_desk> captures;
  std::unique_ptr<caf::actor_system> system;
  hub_ptr the_hub;
  supervisor_actor supervisor;
  diagnostics_actor diagnostics;
  const listening_board_ptr board = std::make_shared<listening_board>();
  std::unique_ptr<hub_listeners> listeners;

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
  auto inherited = inherited_sockets::take();
  auto sockets = std::make_shared<listening_sockets>();
  auto opened = sockets->prepare_first(*config, inherited);
  if (!opened)
    return tl::unexpected(opened.error().front().str());
  const auto& at_start = *opened;
  sockets->commit(*at_start);
  for (auto& unused : inherited.close_unclaimed())
    hub_log("warnings of the configuration")
      .warn("a socket was passed to the hub that no key of [listen] or [admin] names, so the hub "
            "closed it: {}",
            fact::address(unused), fact::setting("listen"));
  process->listeners = std::make_unique<hub_listeners>(std::move(sockets), process->board);
  auto not_ready = [&ready = process->ready] {
    return ready ? std::string() : std::string("starting or stopping");
  };
  auto ailing = [&pulse = process->pulse] {
    const auto* known = pulse.load();
    return known != nullptr ? known->ailment(std::chrono::steady_clock::now()) : std::string();
  };
  if (auto why = process->listeners->serve_metrics(*at_start, process->metrics, not_ready, ailing);
      !why.empty())
    return tl::unexpected("listen.metrics: " + why);

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
  process->captures = std::make_unique<capture_desk>(
    capture_bounds_of(*config), process->services->history,
    [&connections = process->services->connections] {
      for (const auto& connection : connections.all(connection_registry::kind::any))
        caf::anon_send(connection, tick_atom_v);
    });
  process->the_hub->captures = process->captures.get();
  process->the_hub->health = &process->system_config->health();
  process->pulse = process->the_hub->health;
  process->the_hub->admin = spawn_admin(*process->system, process->the_hub,
                                        {.since = std::chrono::system_clock::now(),
                                         .listeners = process->board,
                                         .own_thread = true});
  process->diagnostics =
    spawn_diagnostics(*process->system, process->the_hub, process->board, process->past.get());
  process->supervisor = spawn_supervisor(*process->system, process->the_hub, std::move(source),
                                         process->listeners.get());
  // The supervisor answers only after it has started all its actors.
  caf::scoped_actor self{*process->system};
  self->request(process->supervisor, caf::infinite, status_atom_v)
    .receive([](status_atom) {}, [](const caf::error&) {});
  patience.reset(); // before strangers can cause log lines
  process->listeners->serve(*process->system,
                            {process->the_hub, process->the_hub->admin, process->supervisor,
                             process->diagnostics, *process->past},
                            at_start);
  on_log_lines_lost([&lost = process->metrics.log_lines_lost](uint64_t n) {
    lost.Increment(static_cast<double>(n));
  });
  process->ready = true;
  return std::unique_ptr<hub_process>{new hub_process(std::move(process))};
}

std::string hub_process::ready_line() const {
  std::string line = "ready";
  for (auto& x : listener_names())
    line += " " + x;
  return line;
}

std::vector<std::string> hub_process::listener_names() const {
  return parts_->board->places().names();
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
  parts_->listeners->stop_accepting();
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
  process.listeners->stop_http();
  {
    // Actors hold handles of each other in cycles, so each has to be ended explicitly.
    caf::scoped_actor self{*process.system};
    auto end = [&](const auto& actor) { self->send_exit(actor, caf::exit_reason::user_shutdown); };
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
  process.captures.reset();
  process.history.reset(); // writes what the actors have recorded
  process.past.reset();
  process.listeners->stop();
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
