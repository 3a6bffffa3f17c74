// The domain actor: streams that the domain opened and that carry both directions (XEP-0288).
#include "actors/domain/domain_state.hpp"

#include <algorithm>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/log/log.hpp"
#include "protocol/text/domain_name.hpp"

namespace fedhub {

reverse_link* domain_state::find_reverse(const connection_actor& link) {
  auto found = std::ranges::find(reverse_, link, &reverse_link::link);
  return found == reverse_.end() ? nullptr : &*found;
}

void domain_state::on_reverse(const connection_actor& link, const domain_pair& pair) {
  if (stopping() || leg_ != stream_leg::s2s_out)
    return;
  use_.touch(now());
  if (auto* known = find_reverse(link)) {
    known->senders.insert(pair.from);
    use_reverse(pair.from, lane_of(pair.from).second);
    return schedule();
  }
  reverse_.push_back({link, {pair.from}});
  self_->monitor(link);
  use_reverse(pair.from, lane_of(pair.from).second);
  self_
    ->request(link, caf::infinite, adopt_atom_v,
              std::make_shared<const adoption>(adoption{link_owner_actor{domain_actor{self_}}}))
    .then([this, link](bool ours) { ours ? reverse_up(link) : reverse_down(link); },
          [this, link](const caf::error&) { reverse_down(link); });
}

void domain_state::reverse_up(const connection_actor& link) {
  auto* reverse = find_reverse(link);
  reverse->state = reverse_link::phase::up;
  use_.note_carried();
  use_.note_proven();
  route_log(log_module::connection_history, "streams for both directions")
    .info("[route {}] the hub uses the peer's stream for both directions", fact::domain(target()),
          fact::leg(leg_));
  for (auto& [sender, lane] : lanes_->all())
    if (lane.reverse == reverse)
      send_queue(link, lane);
  schedule();
}

void domain_state::use_reverse(const domain_name& sender, lane& lane) {
  // Stanzas that an ending stream has yet to return, or that wait for resumption, must not be
  // overtaken.
  if (stopping() || !lane.may_reverse() || route_.in(route_phase::draining) || former_)
    return;
  auto found = std::ranges::find_if(reverse_, [&](const reverse_link& link) {
    return link.state != reverse_link::phase::down && link.senders.contains(sender);
  });
  if (found == reverse_.end())
    return;
  lane.reverse = &*found;
  if (found->state == reverse_link::phase::up)
    send_queue(found->link, lane);
}

void domain_state::use_reverse_where_possible() {
  for (auto& [sender, lane] : lanes_->all())
    use_reverse(sender, lane);
}

void domain_state::reverse_down(const connection_actor& link) {
  auto found = std::ranges::find(reverse_, link, &reverse_link::link);
  if (found == reverse_.end())
    return;
  // Remove it from the list first, so that no lane takes it again.
  std::list<reverse_link> gone;
  gone.splice(gone.end(), reverse_, found);
  use_.touch(now());
  for (auto& [sender, lane] : lanes_->all())
    if (lane.reverse == &gone.front()) {
      lane.reverse = nullptr;
      use_reverse(sender, lane);
    }
  if (stopping())
    reject_lanes(failure::shutting_down, {});
  if (route_.in(route_phase::none))
    lanes_->forget_idle();
  kick();
  retire_if_unused();
  schedule();
}

} // namespace fedhub
