// The domain actor: a reload, and taking back what it does not grant any more.
#include "actors/domain/domain_state.hpp"

#include <algorithm>
#include <utility>

#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace fedhub {

void domain_state::on_table(routing_table_ptr table) {
  const auto before = std::exchange(table_, std::move(table));
  const bool moved = before && !table_->leads_alike(*before, target());
  leg_ = table_->local(target()) ? stream_leg::node_s2s_out : stream_leg::s2s_out;
  given_ = table_->way_to(target());
  judge_node(moved);
  if (!before)
    return;
  questions_.forget_answers();
  external_.forget(); // the hub may have another certificate
  const auto denied = leg_ == stream_leg::s2s_out ? table_->admits(target()) : failure::none;
  if (moved || denied != failure::none) {
    give_up_former();
    abandon_attempt();
    answer_questions(denied != failure::none ? denied : failure::stream_closed,
                     "the configuration has changed");
    take_back(taken_back::all, denied);
  }
  // A stream that is to resume the former one may be negotiating for a sender that is denied now.
  if (const auto why = judge_former(); why != failure::none && route_.in(route_phase::negotiating))
    take_back(taken_back::all, why);
  for (auto& [sender, lane] : lanes_->all()) {
    lane.denied = table_->admits_pair(sender, target());
    if (lane.denied == failure::none)
      continue;
    reject_all(lane, lane.denied, {});
    if (lane.pair.holds_stream())
      take_back(taken_back::some, lane.denied);
  }
  kick();
  schedule();
}

/// Closes the link by the new rules. A connection that knows them does so by itself, but one that
/// is just being created may not know them.
void domain_state::take_back(taken_back what, failure why) {
  if (link_)
    self_->send(
      link_, close_atom_v,
      std::make_shared<const link_end>(link_end{
        .error = stream_error::policy_violation,
        .why = why == failure::none ? failure::stream_closed : why,
        .detail = target().str() + (why == failure::none ? " is now reached elsewhere" : ""),
        .by_reload = what}));
}

void domain_state::abandon_attempt() {
  retry_.at_once(now());
  if (route_.dialing()) {
    route_.forget_steps();
    end_connector();
    end_attempt();
    leave_host(false);
  } else if (attempt_) {
    attempt_->forget_found();
  }
}

/// Ends the connector. Otherwise it could connect to a server that the rules forbid now, and
/// outlive this actor.
void domain_state::end_connector() {
  if (!connector_)
    return;
  self_->unlink_from(connector_); // its end must not end this actor
  caf::anon_send_exit(connector_, caf::exit_reason::user_shutdown);
  connector_ = nullptr;
}

} // namespace fedhub
