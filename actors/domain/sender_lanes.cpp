#include "actors/domain/sender_lanes.hpp"

#include <algorithm>

namespace fedhub {

void sender_lanes::note_busy(entry& entry, const lane_patience& patience) {
  if (!std::exchange(entry.second.busy, true))
    busy_.push_back(&entry);
  due_by(entry.second.due(patience));
}

void sender_lanes::prune_busy() {
  std::erase_if(busy_, [](auto* busy) {
    busy->second.busy = busy->second.has_work();
    return !busy->second.busy;
  });
  if (busy_.empty())
    node_waits_ = false;
}

bool sender_lanes::stanzas_wait() const {
  return std::ranges::any_of(busy_, [](auto* x) { return x->second.waits(); });
}

const sender_lanes::entry* sender_lanes::first_waiting() const {
  const auto found = std::ranges::find_if(busy_, [](auto* x) { return !x->second.queue.empty(); });
  return found == busy_.end() ? nullptr : *found;
}

bool sender_lanes::carries_pair() const {
  return std::ranges::any_of(lanes_, [](auto& x) { return x.second.pair.authorised(); });
}

bool sender_lanes::holds_stream() const {
  return std::ranges::any_of(lanes_, [](auto& x) { return x.second.pair.holds_stream(); });
}

void sender_lanes::end_stream() {
  for (auto& [sender, lane] : lanes_)
    lane.pair.end_stream();
}

void sender_lanes::forget_idle() {
  prune_busy();
  std::erase_if(lanes_, [](auto& x) { return x.second.forgettable(); });
}

} // namespace fedhub
