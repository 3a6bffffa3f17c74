// The diagnostics actor: log levels and cached DNS answers.
#include <utility>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/admin/diagnostics_state.hpp"
#include "actors/hub/settings.hpp"
#include "actors/log/log_levels.hpp"
#include "actors/log/peer_log.hpp"
#include "metrics/hub_metrics.hpp"

namespace fedhub {

void diagnostics_state::start(hub_ptr hub, std::vector<own_listener> listeners) {
  hub_ = std::move(hub);
  listeners_ = std::move(listeners);
  share_ = gauge_share{hub_->metrics.actors.at(actor_kind::other), 1};
}

std::chrono::steady_clock::time_point diagnostics_state::now() const {
  return self_->home_system().clock().now();
}

diagnostics_state::promise diagnostics_state::deliver(diagnosis answer) {
  auto reply = make_reply();
  reply.deliver(std::make_shared<const diagnosis>(std::move(answer)));
  return reply;
}

diagnostics_state::promise diagnostics_state::on_request(const diagnosis_request& request) {
  return std::visit([this](const auto& asked) { return answer(asked); }, request);
}

// ---- log levels --------------------------------------------------------------------------------

diagnostics_state::promise diagnostics_state::answer(const log_question&) {
  const auto at = now();
  const auto wall = std::chrono::system_clock::now();
  levels_of_log().expire(at);
  std::vector<admin::log_row> rows;
  for (const auto& level : levels_of_log().rows()) {
    auto& row = rows.emplace_back(admin::log_row{to_string(level.module), to_string(level.level)});
    if (level.until)
      row.until =
        wall + std::chrono::duration_cast<std::chrono::system_clock::duration>(*level.until - at);
  }
  return deliver(std::move(rows));
}

diagnostics_state::promise diagnostics_state::answer(const log_order& order) {
  levels_of_log().set(order.module, order.level, now() + order.time);
  plan_tick();
  hub_log("management")
    .info("log level of {}: {} for {} s", to_string(order.module), to_string(order.level),
          fact::timeout_s(order.time));
  return deliver(std::monostate{});
}

void diagnostics_state::on_tick() {
  ticks_.came();
  levels_of_log().expire(now());
  plan_tick();
}

void diagnostics_state::plan_tick() {
  const auto at = now();
  if (const auto over = levels_of_log().next_expiry())
    if (const auto due = ticks_.plan(*over, at))
      self_->delayed_send(self_, *due - at, tick_atom_v);
}

// ---- cached DNS answers ------------------------------------------------------------------------

diagnostics_state::promise diagnostics_state::answer(const flush_order& order) {
  hub_log("management")
    .info("cached DNS answers are forgotten: {}", order.name.empty() ? "all" : order.name.str());
  auto reply = make_reply();
  self_->request(hub_->current()->resolver, diagnosis_time, forget_atom_v, order.name)
    .then(
      [reply](forget_atom) mutable {
        reply.deliver(std::make_shared<const diagnosis>(std::monostate{}));
      },
      [reply](const caf::error&) mutable {
        reply.deliver(std::make_shared<const diagnosis>(
          admin::problem_document{503, "the resolver does not answer"}));
      });
  return reply;
}

namespace {

diagnostics_actor::behavior_type
diagnostics_behavior(diagnostics_actor::stateful_pointer<diagnostics_state> self, hub_ptr hub,
                     std::vector<own_listener> listeners) {
  self->state.start(std::move(hub), std::move(listeners));
  return {
    [=](ask_atom, const diagnosis_request_ptr& request) {
      return self->state.on_request(*request);
    },
    [=](tick_atom) { self->state.on_tick(); },
  };
}

} // namespace

diagnostics_actor spawn_diagnostics(caf::actor_system& system, hub_ptr hub,
                                    std::vector<own_listener> listeners) {
  return system.spawn(diagnostics_behavior, std::move(hub), std::move(listeners));
}

} // namespace fedhub
