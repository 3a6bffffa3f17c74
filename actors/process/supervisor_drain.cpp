// The supervisor: the hub's stop.
#include "actors/process/supervisor_state.hpp"

#include <utility>

#include <caf/send.hpp>

#include "actors/hub/settings.hpp"
#include "actors/log/log.hpp"
#include "actors/rules/connection_registry.hpp"
#include "actors/stanzas/account_balance.hpp"
#include "metrics/hub_metrics.hpp"

namespace fedhub {

namespace {

/// The time between two checks whether all streams are closed.
constexpr std::chrono::milliseconds drain_check{20};

} // namespace

caf::typed_response_promise<stop_atom> supervisor_state::on_stop() {
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
    drain_connections(drain_stage::quiet);
    on_tick();
  }
  return promise;
}

link_end_ptr supervisor_state::stop_reason() {
  return std::make_shared<const link_end>(
    link_end{stream_error::system_shutdown, failure::shutting_down, "the hub is stopping"});
}

void supervisor_state::drain_connections(drain_stage stage) {
  for (auto& connection : hub->connections.all(connection_registry::kind::any)) {
    ++unanswered_drains;
    self->request(connection, caf::infinite, drain_atom_v, stage)
      .then([this](drain_atom) { --unanswered_drains; },
            [this](const caf::error&) { --unanswered_drains; });
  }
}

void supervisor_state::on_tick() {
  using stage = drain_plan::stage;
  // The account counts only after each connection has accepted the stanzas that had come. It
  // changes while it is read, so it has to be settled at two checks in a row.
  const bool now_settled = unanswered_drains == 0 && balance_of(hub->metrics).settled();
  const bool settled = std::exchange(was_settled, now_settled) && now_settled;
  const bool closed = hub->connections.none(connection_registry::kind::any);
  while (plan.go_on(now(), settled, closed)) {
    if (plan.at() == stage::answering) {
      hub_log("draining")
        .info("draining: the hub answers the stanzas that were not delivered",
              fact::step("answering"));
      drain_connections(drain_stage::give_up);
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

void supervisor_state::close_all() {
  self->send(hub->directory, close_atom_v);
  for (auto& [name, node] : nodes)
    if (node.actor)
      self->send(node.actor, close_atom_v, stop_reason());
  for (auto& connection : hub->connections.all(connection_registry::kind::any))
    self->send(connection, close_atom_v, stop_reason());
}

} // namespace fedhub
