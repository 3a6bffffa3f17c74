// The domain actor of an s2s node's domain: how long stanzas wait for the node.
#include "actors/domain/domain_state.hpp"

#include <algorithm>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/log/log.hpp"

namespace fedhub {

namespace {

/// While stanzas wait for a node, so many attempts are made in that time, but no more than one a
/// second: a node that comes back is found in time for them.
constexpr int attempts_in_wait = 5;
constexpr time_point::duration least_pause = std::chrono::seconds{1};

} // namespace

void domain_state::node_missed() {
  const auto t = now();
  absence_.failed(t);
  if (auto sender = first_sender(); !sender.empty())
    missed_ = std::move(sender);
  if (absence_.awaited()) {
    const time_point::duration patience = hub_->current()->config.timeouts.node;
    retry_at_ = std::min(retry_at_, t + std::max(least_pause, patience / attempts_in_wait));
  }
  // The log has the cause. Senders need not know where the node is, or what it said.
  last_why_ = failure::node_unavailable;
  last_detail_.clear();
  end_wait();
}

void domain_state::end_wait() {
  const auto patience = hub_->current()->config.timeouts.node;
  if (absence_.end_wait(now(), patience)) {
    route_log(log_module::stream_out, "nodes away")
      .warn("[{}] the node could not be reached for {} s: from now on its stanzas are answered, "
            "and attempts go on",
            fact::domain(target_), fact::duration_s(patience), fact::leg(leg_),
            fact::failure(failure::node_unavailable));
    give_up_former();
  }
  if (!absence_.away())
    return;
  for (auto* x : busy_)
    if (x->second.reverse == nullptr && !x->second.queue.empty()) {
      missed_ = x->first;
      reject_all(x->second, failure::node_unavailable, {});
    }
}

void domain_state::node_found() {
  if (absence_.here())
    return;
  if (absence_.away())
    route_log(log_module::stream_out, "nodes back")
      .info("[{}] the node is reached again", fact::domain(target_), fact::leg(leg_));
  absence_.back();
  lanes_due_ = now(); // `timeouts.queue` counts again
}

bool domain_state::seeks_node() const {
  return !absence_.here() && !draining_ && !stopping_ && !missed_.empty()
         && (listed_ || now() < needed_until())
         && table_->admits_pair(missed_, target_) == failure::none;
}

void domain_state::ask_node(time_point t) {
  if (!seeks_node())
    return;
  auto& entry = lane_of(missed_);
  if (entry.second.reverse == nullptr)
    ask_pair(entry, t);
  note_busy(entry);
}

void domain_state::judge_node(bool moved) {
  if (moved) {
    absence_.back();
    missed_ = {};
  }
  // The names below a pattern are whatever somebody has asked for.
  listed_ = std::ranges::any_of(hub_->current()->config.nodes, [&](auto& node) {
    return std::ranges::any_of(node.served(), [&](auto& pattern) {
      return !pattern.wildcard() && pattern.base() == target_;
    });
  });
}

} // namespace fedhub
