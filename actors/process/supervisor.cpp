#include "actors/process/spawn_supervisor.hpp"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include <caf/scheduler/abstract_coordinator.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/dns/dns_view_server.hpp"
#include "actors/hub/hub.hpp"
#include "actors/hub/node_health.hpp"
#include "actors/log/log.hpp"
#include "actors/log/peer_log.hpp"
#include "actors/process/configuration_files.hpp"
#include "actors/process/drain_plan.hpp"
#include "actors/process/reload_rounds.hpp"
#include "actors/routing/spawn_directory.hpp"
#include "actors/routing/spawn_node.hpp"
#include "actors/routing/spawn_router.hpp"
#include "actors/stanzas/account_balance.hpp"
#include "metrics/gauge_share.hpp"

namespace fedhub {

namespace {

/// While draining: how often to look whether all streams are closed.
constexpr std::chrono::milliseconds drain_check{20};
/// How often the scheduler's delay is measured.
constexpr std::chrono::seconds probe_period{5};
/// The least time between two attempts to renew the self-signed certificate.
constexpr std::chrono::hours renewal_pause{1};
/// How long lines are left out of the log before it says how many they were.
constexpr std::chrono::seconds report_period{1};

struct supervisor_state {
  static inline const char* name = "fedhub.supervisor";

  explicit supervisor_state(supervisor_actor::pointer self) : self(self) {}
  ~supervisor_state() { on_line_left_out({}); }

  struct known_node {
    node_actor actor; ///< of a component node; s2s nodes have none.
    bool live = false;
    bool awaited = true; ///< while it is not live.
  };

  void start(hub_ptr x, std::optional<configuration_source> source) {
    hub = std::move(x);
    files = std::make_unique<configuration_files>(
      self, std::move(source),
      configuration_files::actions{[this] { return hub->current(); },
                                   [this](const configuration_read& x) { return use(x); },
                                   [this](const std::string& why) { return reject(why); },
                                   [this](const std::string& why) { not_renewed(why); }});
    share = gauge_share{hub->metrics.actors.at(actor_kind::other), 1};
    auto settings = hub->current();
    self->monitor(settings->resolver);
    declare_names(*settings);
    warn_of_certificates(*settings);
    apply_nodes(settings->config);
    auto table = make_table(settings->config);
    hub->replace(table);
    note_component_nodes(*hub);
    hub->directory = spawn_directory(self->home_system(), hub, table);
    auto workers = self->home_system().scheduler().num_workers();
    for (size_t i = 0; i < workers; ++i)
      hub->routers.push_back(spawn_router(self->home_system(), hub, table, i));
    hub->metrics.scheduler_workers.Set(static_cast<double>(workers));
    hub->metrics.config_applied_time.Set(unix_seconds(std::chrono::system_clock::now()));
    probe();
    on_beat();
    on_line_left_out([to = supervisor_actor{self}] { caf::anon_send(to, report_atom_v); });
  }

  /// Has all workers and routers say that they get round.
  void on_beat() {
    if (hub->health == nullptr)
      return;
    self->delayed_send(self, health::period, beat_atom_v);
    const auto round = hub->health->begin(now(), hub->routers.size());
    if (round == 0)
      return;
    hub->loop.wake(); // the worker that waits there has nothing else to look up for
    for (auto& router : hub->routers)
      self->request(router, caf::infinite, status_atom_v)
        .then([this, round](status_atom) { hub->health->answered(round); },
              [](const caf::error&) {});
  }

  /// Measures how long a message waits for an idle actor: this one.
  void probe() { self->delayed_send(self, probe_period, probe_atom_v); }
  void on_probe() {
    self->send(self, probe_atom_v, static_cast<int64_t>(now().time_since_epoch().count()));
    probe();
    auto wall_clock = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    hub->current()->tls->expire_sessions(ticket_keys::time_point::clock::now(), wall_clock);
    renew_certificate(wall_clock);
  }

  /// Makes the self-signed certificate anew in time. Streams stay, with what they have shown.
  void renew_certificate(std::chrono::sys_seconds wall_clock) {
    auto old = hub->current();
    auto due = old->tls->renewal_due();
    if (!due || wall_clock < *due || now() < next_renewal
        || plan.at() != drain_plan::stage::running)
      return;
    if (files->renew())
      next_renewal = now() + renewal_pause; // else at the next probe
  }

  static void not_renewed(const std::string& why) {
    hub_log("renewals").error("the self-signed certificate was not renewed: {}", fact::reason(why));
  }
  void on_probe(int64_t sent) {
    auto delay = now() - time_point{time_point::duration{sent}};
    hub->metrics.scheduler_delay.Observe(std::chrono::duration<double>(delay).count());
  }

  /// Starts actors for new component nodes, and ends those of nodes that are gone or have another
  /// secret.
  void apply_nodes(const conf::config& config) {
    std::map<std::string, known_node> next;
    for (auto& node : config.nodes) {
      auto* access = std::get_if<conf::component_access>(&node.access);
      auto known = nodes.find(node.name);
      bool same = known != nodes.end() && access != nullptr && known->second.actor
                  && secrets[node.name] == access->handshake_secret;
      if (same)
        next.emplace(node.name, std::exchange(known->second, {}));
      else if (access != nullptr)
        next.emplace(node.name, known_node{start_node(node.name), false});
      else
        next.emplace(node.name, known_node{});
      if (access != nullptr)
        secrets[node.name] = access->handshake_secret;
    }
    for (auto& [name, node] : nodes)
      if (node.actor)
        self->send(
          node.actor, close_atom_v,
          std::make_shared<const link_end>(link_end{.error = stream_error::policy_violation,
                                                    .why = failure::node_rejected,
                                                    .detail = name,
                                                    .by_reload = taken_back::all}));
    nodes = std::move(next);
  }

  node_actor start_node(const std::string& node) {
    auto actor =
      spawn_node(self->home_system(), hub, node, node_observer_actor{supervisor_actor{self}});
    self->link_to(actor); // the supervisor's end is theirs
    return actor;
  }

  routing_table_ptr make_table(const conf::config& config) const {
    std::vector<node_route> routes;
    for (auto& node : config.nodes) {
      auto& known = nodes.at(node.name);
      node_route route;
      route.name = node.name;
      route.protocol = node.protocol();
      if (known.actor) {
        route.sink = node_sink_actor{known.actor};
        route.owner = link_owner_actor{known.actor};
      }
      route.live = known.live;
      route.awaited = known.awaited && !known.live;
      routes.push_back(std::move(route));
    }
    return std::make_shared<const routing_table>(config, std::move(routes));
  }

  void publish() {
    auto table = make_table(hub->current()->config);
    hub->replace(table);
    note_component_nodes(*hub);
    for (auto& router : hub->routers)
      self->send(router, table_atom_v, table);
  }

  /// @param awaited if it is not live.
  void on_node(const std::string& name, bool live, bool awaited) {
    auto known = nodes.find(name);
    if (known == nodes.end())
      return;
    auto& node = known->second;
    const bool changed = node.live != live;
    const bool moves = node.awaited != awaited && shares(name);
    node.live = live;
    node.awaited = awaited;
    if (changed || moves)
      publish();
  }

  /// Whether the node has its domains together with others, to whom its part may fall.
  bool shares(const std::string& name) const {
    auto table = hub->table();
    auto route = std::ranges::find(table->nodes(), name, &node_route::name);
    return route != table->nodes().end() && route->shares;
  }

  /// A linked actor ended: whoever tells the hub to end, a node that is configured no more, or one
  /// that failed.
  void on_exit(const caf::exit_msg& x) {
    if (x.reason == caf::exit_reason::user_shutdown)
      return self->quit(x.reason);
    for (auto& [name, node] : nodes)
      if (node.actor && node.actor.address() == x.source) {
        hub_log("internal errors")
          .error("internal error: the actor of node {} ended: {}; started anew", fact::node(name),
                 fact::reason(self->home_system().render(x.reason)));
        node = known_node{start_node(name), false};
        return publish();
      }
  }

  /// The resolver has failed. Who waited for it has been answered by its end.
  void on_down(const caf::down_msg& x) {
    auto old = hub->current();
    if (!old || old->resolver.address() != x.source || x.reason == caf::exit_reason::user_shutdown)
      return;
    hub_log("internal errors")
      .error("internal error: the resolver ended: {}; started anew",
             fact::reason(self->home_system().render(x.reason)));
    auto next = std::make_shared<settings>(*old);
    next->resolver = start_resolver(self->home_system(), hub->loop, hub->metrics, old->config);
    self->monitor(next->resolver);
    hub->replace(std::move(next));
  }

  bool reject(const std::string& why) {
    hub_log("reloads").error("the configuration was not reloaded: {}", fact::reason(why),
                             fact::outcome("rejected"));
    hub->metrics.config_reloads.at(reload_result::rejected).Increment();
    return false;
  }

  /// Begins to apply what was read. @returns whether it does: then `end_reload` tells of the end.
  bool use(const configuration_read& x) {
    for (auto& warning : x.warnings)
      hub_log("warnings of the configuration").warn("{}", fact::detail(warning));
    for (auto& problem : x.loaded.problems)
      hub_log("problems of the configuration")
        .error("{}", conf::to_string(problem), fact::file(problem.file), fact::line(problem.line),
               fact::setting(problem.key), fact::found(problem.found),
               fact::allowed(problem.allowed));
    const auto stops = plan.at() != drain_plan::stage::running;
    if (const auto fault = stops ? "the hub stops" : x.fault; !fault.empty()) {
      if (!x.renewal)
        return reject(fault);
      not_renewed(fault);
      return false;
    }
    apply(*x.loaded.value, x.tls, x.keys);
    if (x.renewal)
      hub_log("renewals").info("the self-signed certificate was renewed");
    else
      reloaded = x.file;
    return true;
  }

  /// Reports a reload only when no actor goes by the former rules any more.
  void end_reload() {
    if (auto from = std::exchange(reloaded, {})) {
      hub_log("reloads").info("the configuration was reloaded from {}", fact::file(*from),
                              fact::outcome("applied"));
      hub->metrics.config_reloads.at(reload_result::applied).Increment();
      hub->metrics.config_applied_time.Set(unix_seconds(std::chrono::system_clock::now()));
    }
    files->applied();
  }

  void on_round(uint64_t round) {
    if (rounds.on_end(round))
      end_reload();
  }

  void on_late_reload(uint64_t number) {
    if (!rounds.running() || rounds.number() != number)
      return;
    hub_log("reloads").warn("some streams have not taken up the configuration within {} s",
                            fact::timeout_s(reload_rounds::longest));
    rounds.stop();
    end_reload();
  }

  void apply(const conf::config& config, std::shared_ptr<const tls_store> tls,
             std::shared_ptr<const dialback_keys> keys) {
    for (auto& name : configure_log(config.log, config.hub.name))
      hub_log("warnings of the configuration")
        .warn("log.modules: there is no module \"{}\"", fact::found(name),
              fact::setting("log.modules"));
    limit_peer_log(config);
    auto old = hub->current();
    former_rules before{old, hub->table()};
    auto resolver = old->resolver;
    if (config.dns != old->config.dns
        || config.limits.dns_questions != old->config.limits.dns_questions) {
      resolver = start_resolver(self->home_system(), hub->loop, hub->metrics, config);
      self->monitor(resolver);
      // Who has asked the old one still gets an answer.
      caf::delayed_anon_send(caf::actor_cast<caf::actor>(old->resolver),
                             2 * old->config.dns.timeout,
                             caf::exit_msg{self->address(), caf::exit_reason::user_shutdown});
    }
    auto next = std::make_shared<const settings>(
      settings{config, std::move(tls), std::move(resolver), std::move(keys),
               std::make_shared<const trust_policy>(config)});
    declare_names(*next);
    warn_of_certificates(*next);
    hub->replace(next);
    hub->admission.limits(admission_limits_of(config));
    if (hub->dns_view != nullptr)
      hub->dns_view->apply(std::make_shared<const conf::config>(config));
    hub->account.memory_limit(memory_limit_of(config.limits));
    hub->unauthenticated.limit(memory_limit_of(config.limits) / hub::unauthenticated_part);
    apply_nodes(config);
    publish();
    hub->sessions.purge([table = hub->table()](const domain_pair& x) {
      return table->admits_pair(x.from, x.to) == failure::none;
    });
    self->send(hub->directory, table_atom_v, hub->table());
    std::vector<node_actor> holders;
    for (auto& [name, node] : nodes)
      if (node.actor)
        holders.push_back(node.actor);
    rounds.begin(*hub, supervisor_actor{self}, std::move(before), std::move(holders));
    self->delayed_send(self, reload_rounds::longest, tick_atom_v, rounds.number());
  }

  void warn_of_certificates(const settings& x) {
    for (auto& warning : x.tls->warnings())
      hub_log("warnings of the configuration").warn("{}", fact::detail(warning));
    for (auto& row : x.config.trust)
      if (accepts(row, conf::trust_method::dane) && !x.config.dns.validating)
        hub_log("warnings of the configuration")
          .warn("trust {}: DANE proves nothing without dns.validating", fact::domain(row.domain),
                fact::setting("dns.validating"));
    auto domains = x.tls->uncovered(local_domains(x.config));
    for (auto& domain : domains)
      hub_log("warnings of the configuration")
        .warn("no certificate is for {}: peers that check certificates will not take its streams",
              fact::domain(domain));
    hub->metrics.uncovered_domains.Set(static_cast<double>(domains.size()));
  }

  void declare_names(const settings& x) {
    std::vector<std::string> certificates;
    for (auto& certificate : x.tls->certificates())
      certificates.push_back(certificate.label);
    hub->metrics.certificate_remaining.declare(certificates);
    for (auto& certificate : x.tls->certificates())
      hub->metrics.certificate_remaining.set(certificate.label,
                                             unix_seconds(certificate.not_after));
    std::vector<std::string> names;
    for (auto& node : x.config.nodes)
      names.push_back(node.name);
    hub->metrics.node_links.declare(names);
    hub->metrics.node_up.declare(names);
  }

  caf::typed_response_promise<stop_atom> on_stop() {
    auto promise = self->make_response_promise<caf::typed_response_promise<stop_atom>>();
    waiting.push_back(promise);
    if (plan.at() == drain_plan::stage::running) {
      plan = {now(), hub->current()->config.timeouts.drain};
      files->stop();
      hub_log("draining")
        .info("draining", fact::step("draining"),
              fact::timeout_s(hub->current()->config.timeouts.drain));
      hub->draining = true;
      self->send(hub->directory, drain_atom_v);
      for (auto& [name, node] : nodes)
        if (node.actor)
          self->send(node.actor, drain_atom_v, stop_reason());
      tell_connections(drain_stage::quiet);
      on_tick();
    }
    return promise;
  }

  static link_end_ptr stop_reason() {
    return std::make_shared<const link_end>(
      link_end{stream_error::system_shutdown, failure::shutting_down, "the hub stops"});
  }

  void tell_connections(drain_stage x) {
    for (auto& connection : hub->connections.all(connection_registry::kind::any)) {
      ++untold;
      self->request(connection, caf::infinite, drain_atom_v, x)
        .then([this](drain_atom) { --untold; }, [this](const caf::error&) { --untold; });
    }
  }

  void on_tick() {
    using stage = drain_plan::stage;
    // Until each connection has taken what had come, the account says nothing.
    // It is read while it changes, so one look proves nothing.
    const bool now_settled = untold == 0 && balance_of(hub->metrics).settled();
    const bool settled = std::exchange(was_settled, now_settled) && now_settled;
    const bool closed = hub->connections.none(connection_registry::kind::any);
    while (plan.go_on(now(), settled, closed)) {
      if (plan.at() == stage::answering) {
        hub_log("draining")
          .info("draining: answers what was not delivered", fact::step("answering"));
        tell_connections(drain_stage::give_up);
      } else if (plan.at() == stage::closing) {
        close_all();
      } else if (plan.at() == stage::over) {
        for (auto& promise : waiting)
          promise.deliver(stop_atom_v);
        waiting.clear();
        return;
      }
    }
    self->delayed_send(self, drain_check, tick_atom_v);
  }

  void close_all() {
    self->send(hub->directory, close_atom_v);
    for (auto& [name, node] : nodes)
      if (node.actor)
        self->send(node.actor, close_atom_v, stop_reason());
    for (auto& connection : hub->connections.all(connection_registry::kind::any))
      self->send(connection, close_atom_v, stop_reason());
  }

  time_point now() const { return self->home_system().clock().now(); }

  supervisor_actor::pointer self; ///< outlives this state.
  hub_ptr hub;
  std::unique_ptr<configuration_files> files;
  std::map<std::string, known_node> nodes;
  std::map<std::string, conf::secret>
    secrets;                 ///< of component nodes, to see whether one has changed.
  time_point next_renewal{}; ///< of the self-signed certificate, not before.
  drain_plan plan;
  bool was_settled = false; ///< at the last look.
  size_t untold = 0;        ///< connections that have not yet answered `drain_atom`.
  std::vector<caf::typed_response_promise<stop_atom>> waiting;
  reload_rounds rounds;
  std::optional<std::filesystem::path> reloaded; ///< by the rounds that run; none: not by a file.
  gauge_share share;
};

supervisor_actor::behavior_type
supervisor(supervisor_actor::stateful_pointer<supervisor_state> self, hub_ptr hub,
           std::optional<configuration_source> source) {
  self->set_exit_handler([=](caf::exit_msg& x) { self->state.on_exit(x); });
  self->set_down_handler([=](caf::down_msg& x) { self->state.on_down(x); });
  self->state.start(std::move(hub), std::move(source));
  return {
    [=](node_up_atom, const std::string& name) { self->state.on_node(name, true, true); },
    [=](node_down_atom, const std::string& name) { self->state.on_node(name, false, true); },
    [=](node_away_atom, const std::string& name) { self->state.on_node(name, false, false); },
    [=](reload_atom) { return self->state.files->on_reload(); },
    [=](round_atom, uint64_t round) { self->state.on_round(round); },
    [=](tick_atom, uint64_t number) { self->state.on_late_reload(number); },
    [=](stop_atom) { return self->state.on_stop(); },
    [=](status_atom) { return status_atom_v; },
    [=](report_atom) { self->delayed_send(self, report_period, report_atom_v, true); },
    [](report_atom, bool) { report_left_out(); },
    [=](beat_atom) { self->state.on_beat(); },
    [=](probe_atom) { self->state.on_probe(); },
    [=](probe_atom, int64_t sent) { self->state.on_probe(sent); },
    [=](reload_atom, reading_turns::number which) { self->state.files->on_overdue(which); },
    [=](reload_atom, reading_turns::number which, const configuration_read_ptr& x) {
      self->state.files->on_read(which, *x);
    },
    [=](watch_atom) { self->state.files->on_watch(); },
    [=](watch_atom, const file_look_ptr& x) { self->state.files->on_look(*x); },
    [=](tick_atom) { self->state.on_tick(); },
  };
}

} // namespace

supervisor_actor spawn_supervisor(caf::actor_system& system, hub_ptr hub,
                                  std::optional<configuration_source> source) {
  return system.spawn(supervisor, std::move(hub), std::move(source));
}

} // namespace fedhub
