// The domain actor: streams that the domain opened and that carry both directions (XEP-0288).
#include "actors/domain/domain_state.hpp"

#include <algorithm>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/log/log.hpp"

namespace fedhub {

connection_actor domain_state::way_of(const lane& x) const {
  if (!x.queue.empty() || x.denied != failure::none)
    return {};
  if (x.reverse != nullptr)
    return x.reverse->state == reverse_link::phase::up ? x.reverse->link : connection_actor{};
  return phase_ == phase::ready && x.state == pair_state::authorised ? link_ : connection_actor{};
}

domain_state::reverse_link* domain_state::find_reverse(const connection_actor& x) {
  auto found = std::ranges::find(reverse_, x, &reverse_link::link);
  return found == reverse_.end() ? nullptr : &*found;
}

void domain_state::on_reverse(const connection_actor& x, const domain_pair& pair) {
  if (stopping_ || leg_ != stream_leg::s2s_out)
    return;
  last_use_ = now();
  if (auto* known = find_reverse(x)) {
    known->senders.insert(pair.from);
    use_reverse(pair.from, lane_of(pair.from).second);
    return schedule();
  }
  reverse_.push_back({x, {pair.from}});
  self_->monitor(x);
  use_reverse(pair.from, lane_of(pair.from).second);
  self_
    ->request(x, caf::infinite, adopt_atom_v,
              std::make_shared<const adoption>(adoption{link_owner_actor{domain_actor{self_}}}))
    .then([this, x](bool ours) { ours ? reverse_up(x) : reverse_gone(x); },
          [this, x](const caf::error&) { reverse_gone(x); });
}

void domain_state::reverse_up(const connection_actor& x) {
  auto* link = find_reverse(x);
  link->state = reverse_link::phase::up;
  carried_ = proven_ = true;
  route_log(log_module::connection_history, "streams for both directions")
    .info("[route {}] takes the peer's stream for both directions", fact::domain(target_),
          fact::leg(leg_));
  for (auto& [sender, lane] : lanes_)
    if (lane.reverse == link)
      send_queue(x, lane);
  schedule();
}

void domain_state::use_reverse(const domain_name& sender, lane& x) {
  // What the hub's own stream carries, or may carry in a moment, stays there: for the order's sake.
  // So does what a stream that ends has yet to give back, or left to be resumed.
  if (stopping_ || x.denied != failure::none || x.reverse != nullptr
      || x.state == pair_state::authorised || x.state == pair_state::asked
      || phase_ == phase::draining || former_)
    return;
  auto found = std::ranges::find_if(reverse_, [&](const reverse_link& link) {
    return link.state != reverse_link::phase::down && link.senders.contains(sender);
  });
  if (found == reverse_.end())
    return;
  x.reverse = &*found;
  if (found->state == reverse_link::phase::up)
    send_queue(found->link, x);
}

void domain_state::reverse_gone(const connection_actor& x) {
  auto found = std::ranges::find(reverse_, x, &reverse_link::link);
  if (found == reverse_.end())
    return;
  // Out of the list first: no lane may take it again.
  std::list<reverse_link> gone;
  gone.splice(gone.end(), reverse_, found);
  last_use_ = now();
  for (auto& [sender, lane] : lanes_)
    if (lane.reverse == &gone.front()) {
      lane.reverse = nullptr;
      use_reverse(sender, lane);
    }
  if (stopping_)
    for (auto& [sender, lane] : lanes_)
      reject_all(lane, failure::shutting_down, {});
  if (phase_ == phase::none)
    forget_lanes();
  kick();
  retire_if_unused();
  schedule();
}

} // namespace fedhub
