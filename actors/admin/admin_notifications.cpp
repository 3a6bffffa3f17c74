// The admin actor: what needs a person.
#include <utility>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/admin/admin_state.hpp"
#include "metrics/hub_metrics.hpp"

namespace fedhub {

void admin_state::on_tick() {
  const auto at = clocks();
  notifications_.update(conditions_.look(*hub_, table_, at), at.now, at.wall);
  for (size_t i = 0; i < label_count<notification_kind>; ++i)
    for (const auto severity : {notification_severity::warning, notification_severity::error}) {
      const auto kind = static_cast<notification_kind>(i);
      hub_->metrics.notifications.at(kind, severity)
        .Set(static_cast<double>(notifications_.count(kind, severity)));
    }
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
