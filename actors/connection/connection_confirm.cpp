// The connection actor: written stanzas, and TCP's acknowledgement of them.
#include <system_error>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/connection/connection_state.hpp"
#include "actors/hub/reply.hpp"
#include "metrics/hub_metrics.hpp"

namespace fedhub {

void connection_state::confirm(time_point t) {
  if (transport_ && t >= outbox_->confirm_due())
    outbox_->confirm(*transport_, t);
}

bool connection_state::all_confirmed() {
  auto t = now();
  if (outbox_->confirm(*transport_, t) || socket_error(transport_->fd()) != 0)
    return true;
  outbox_->hurry(t);
  return t >= closing_due();
}

void connection_state::answer_unconfirmed() {
  outbox_->confirm(*transport_, now());
  uint64_t given_up = 0;
  reply_batch replies{*self_, *hub_, id_};
  auto unconfirmed = outbox_->take_unconfirmed(given_up);
  // Else the kernel would go on with stanzas that are answered here, behind the next stream's. The
  // octets before them, if they are pending too, count as delivered.
  if (!unconfirmed.empty() && given_up == 0)
    transport_->drop_pending();
  for (auto& x : unconfirmed)
    replies.reject(x, failure::unconfirmed);
  hub_->metrics.octets_unconfirmed.at(facts_.leg).Increment(static_cast<double>(given_up));
}

bool connection_state::failed_unread() {
  if (reading_.gate.permits_reading())
    return false; // reading reports the failure
  auto error = socket_error(transport_->fd());
  if (error == 0)
    return false;
  ending_.cut();
  begin_closing(role_.cut(std::generic_category().message(error)));
  end();
  return true;
}

} // namespace fedhub
