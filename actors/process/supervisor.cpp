#include "actors/process/supervisor_state.hpp"

#include <utility>

#include <caf/scheduler/abstract_coordinator.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>

#include "actors/hub/node_health.hpp"
#include "actors/hub/settings.hpp"
#include "actors/log/log.hpp"
#include "actors/process/spawn_supervisor.hpp"
#include "actors/routing/spawn_directory.hpp"
#include "actors/routing/spawn_router.hpp"
#include "actors/runtime/health.hpp"
#include "actors/runtime/network_loop.hpp"
#include "metrics/hub_metrics.hpp"

namespace fedhub {

namespace {

/// The time between two measurements of the scheduler's delay.
constexpr std::chrono::seconds probe_period{5};
/// The least time between two attempts to renew the self-signed certificate.
constexpr std::chrono::hours renewal_pause{1};
/// The time after which the log reports how many lines were left out.
constexpr std::chrono::seconds report_period{1};

} // namespace

void supervisor_state::start(hub_ptr its_hub, std::optional<configuration_source> source) {
  hub = std::move(its_hub);
  files = std::make_unique<configuration_files>(
    self, std::move(source),
    configuration_files::actions{
      [this] { return hub->current(); },
      [this](const configuration_read& outcome) { return use(outcome); },
      [this](const std::string& why) { return reject(why); },
      [](const std::string& why) { not_renewed(why); },
      [this](const configuration_order& order, const configuration_outcome& outcome) {
        report_change(order, outcome);
      }});
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

void supervisor_state::on_beat() {
  if (hub->health == nullptr)
    return;
  self->delayed_send(self, health::period, beat_atom_v);
  const auto round = hub->health->begin(now(), hub->routers.size());
  if (round == 0)
    return;
  hub->loop.wake(); // else nothing would wake the worker that waits in it
  for (auto& router : hub->routers)
    self->request(router, caf::infinite, status_atom_v)
      .then([this, round](status_atom) { hub->health->answered(round); }, [](const caf::error&) {});
}

void supervisor_state::probe() { self->delayed_send(self, probe_period, probe_atom_v); }

void supervisor_state::on_probe() {
  self->send(self, probe_atom_v, static_cast<int64_t>(now().time_since_epoch().count()));
  probe();
  auto wall_clock = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  hub->current()->tls->expire_sessions(ticket_keys::time_point::clock::now(), wall_clock);
  renew_certificate(wall_clock);
}

void supervisor_state::on_probe(int64_t sent) {
  auto delay = now() - time_point{time_point::duration{sent}};
  hub->metrics.scheduler_delay.Observe(std::chrono::duration<double>(delay).count());
}

void supervisor_state::renew_certificate(std::chrono::sys_seconds wall_clock) {
  auto old = hub->current();
  auto due = old->tls->renewal_due();
  if (!due || wall_clock < *due || now() < next_renewal || plan.at() != drain_plan::stage::running)
    return;
  if (files->renew())
    next_renewal = now() + renewal_pause; // otherwise it is tried again at the next probe
}

void supervisor_state::not_renewed(const std::string& why) {
  hub_log("renewals").error("the self-signed certificate was not renewed: {}", fact::reason(why));
}

void supervisor_state::on_down(const caf::down_msg& message) {
  auto old = hub->current();
  if (!old || old->resolver.address() != message.source
      || message.reason == caf::exit_reason::user_shutdown)
    return;
  hub_log("internal errors")
    .error("internal error: the resolver ended: {}; the hub started a new one",
           fact::reason(self->home_system().render(message.reason)));
  auto next = std::make_shared<settings>(*old);
  next->resolver = start_resolver(self->home_system(), hub->loop, hub->metrics, old->config);
  self->monitor(next->resolver);
  hub->replace(std::move(next));
}

namespace {

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
    [=](order_atom, const configuration_order_ptr& order) {
      return self->state.files->on_order(order);
    },
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
