// The domain actor: the hub's stop, and the unexpected end of actors that it uses.
#include "actors/domain/domain_state.hpp"

#include <algorithm>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/hub/reply.hpp"
#include "actors/log/log.hpp"
#include "protocol/text/domain_name.hpp"

namespace fedhub {

void domain_state::reject_waiting(lane& lane) {
  auto stanzas = lane.queue.take_all();
  reply_batch replies{*self_, *hub_, std::hash<domain_name>{}(target())};
  std::erase_if(stanzas, [&](auto& stanza) {
    if (may_wait(stage_, stanza.generated))
      return false;
    replies.reject(stanza, failure::shutting_down);
    return true;
  });
  lane.queue.push_front(stanzas);
}

void domain_state::on_drain() {
  stage_ = std::max(stage_, stop_stage::draining);
  give_up_former();
  for (auto& [sender, lane] : lanes_->all())
    reject_waiting(lane);
  lanes_->prune_busy();
}

void domain_state::on_stop() {
  stage_ = stop_stage::stopping;
  give_up_former();
  reject_lanes(failure::shutting_down, {});
  answer_questions(failure::shutting_down, {});
  close_link(failure::shutting_down);
}

/// Handles the end of a connection's actor. After an orderly end, with `drained`, the connection is
/// not known here any more.
void domain_state::on_actor_down(const caf::down_msg& message) {
  auto same = [&](const connection_actor& link) {
    return link && link.address() == message.source;
  };
  auto reverse = std::ranges::find_if(reverse_, same, &reverse_link::link);
  const bool own = same(link_);
  if (!own && reverse == reverse_.end())
    return;
  // A peer's stream may end in order before this actor has become its owner.
  const bool in_order =
    !own && reverse->state == reverse_link::phase::asked && message.reason == caf::error{};
  if (!in_order && message.reason != caf::exit_reason::user_shutdown
      && message.reason != caf::exit_reason::kill)
    route_log(log_module::hub, "failed connections")
      .log(spdlog::level::err, "internal error: a connection of {} ended: {}",
           fact::domain(target()), fact::reason(self_->home_system().render(message.reason)),
           fact::leg(leg_));
  if (!own)
    return reverse_down(connection_actor{reverse->link});
  auto link = link_;
  if (!route_.in(route_phase::draining))
    on_link_down(link, {stream_error::none, failure::stream_closed, "internal error"});
  on_drained(link);
}

/// Ends this actor if the directory ends. The end of a connector only fails the attempt.
void domain_state::on_actor_exit(const caf::exit_msg& message) {
  if (!message.reason)
    return; // an orderly end, after its answer
  if (!connector_ || message.source != connector_)
    return self_->quit(message.reason);
  connector_ = nullptr;
  if (route_.in(route_phase::connecting))
    attempt_failed(failure::connect_unreachable, "internal error");
}

} // namespace fedhub
