// The admin actor: what needs a person.
#include <utility>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/admin/admin_state.hpp"
#include "actors/history/history_queue.hpp"
#include "metrics/hub_metrics.hpp"

namespace fedhub {

namespace {

/// Returns what the history says when a notification is raised or cleared.
history_event event_of(const notification_board::change& change) {
  const auto& what = change.what;
  history_event event{.kind = admin::event_kind::notification, .domain = what.subject};
  event.detail.append(to_string(what.kind)).append(change.raised ? " raised: " : " cleared: ");
  event.detail += what.text;
  return event;
}

} // namespace

void admin_state::on_tick() {
  const auto at = clocks();
  for (const auto& change :
       notifications_.update(conditions_.look(*hub_, table_, at), at.now, at.wall))
    hub_->history.record(event_of(change));
  for (size_t i = 0; i < label_count<notification_kind>; ++i)
    for (const auto severity : {notification_severity::warning, notification_severity::error}) {
      const auto kind = static_cast<notification_kind>(i);
      hub_->metrics.notifications.at(kind, severity)
        .Set(static_cast<double>(notifications_.count(kind, severity)));
    }
  record_series(at);
  self_->delayed_send(self_, look_interval, tick_atom_v);
}

admin_state::promise admin_state::answer(const notifications_question& question) {
  return deliver(notifications_.page(question.page));
}

admin_state::promise admin_state::acknowledge(uint64_t id, const std::string& by) {
  if (!notifications_.acknowledge(id, by))
    return refuse(404, "no notification " + std::to_string(id) + " is open");
  return deliver(std::monostate{});
}

} // namespace fedhub
