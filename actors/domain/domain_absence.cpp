// The domain actor of an s2s node's domain: the wait for a node that can't be reached.
#include "actors/domain/domain_state.hpp"

#include <algorithm>
#include <utility>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/log/log.hpp"

namespace fedhub {

namespace {

/// The number of attempts while stanzas wait for a node, at most one a second. So a node that comes
/// back is reached before the wait ends.
constexpr int attempts_in_wait = 5;
constexpr time_point::duration least_pause = std::chrono::seconds{1};

} // namespace

void domain_state::node_missed() {
  const auto t = now();
  node_.absence.failed(t);
  if (auto sender = first_sender(); !sender.empty())
    node_.note_missed(std::move(sender));
  if (node_.absence.awaited()) {
    const time_point::duration patience = hub_->current()->config.timeouts.node;
    retry_.no_later_than(t + std::max(least_pause, patience / attempts_in_wait));
  }
  // The cause is in the log only: senders need not know the node's address or its answer.
  retry_.note(failure::node_unavailable, {});
  end_wait();
}

void domain_state::end_wait() {
  const auto patience = hub_->current()->config.timeouts.node;
  if (node_.absence.end_wait(now(), patience)) {
    route_log(log_module::stream_out, "nodes away")
      .warn("[{}] the node could not be reached for {} s: its stanzas are now returned with an "
            "error; attempts continue",
            fact::domain(target()), fact::duration_s(patience), fact::leg(leg_),
            fact::failure(failure::node_unavailable));
    give_up_former();
  }
  if (!node_.absence.away())
    return;
  for (auto* entry : lanes_->busy())
    if (entry->second.waits()) {
      node_.note_missed(entry->first);
      reject_all(entry->second, failure::node_unavailable, {});
    }
}

void domain_state::node_found() {
  if (node_.absence.here())
    return;
  if (node_.absence.away())
    route_log(log_module::stream_out, "nodes back")
      .info("[{}] the node can be reached again", fact::domain(target()), fact::leg(leg_));
  node_.absence.back();
  lanes_->due_by(now()); // `timeouts.queue` applies again
}

bool domain_state::seeks_node() const {
  return stage_ == stop_stage::running && !node_.absence.here()
         && node_.sought(now(), needed_until())
         && table_->admits_pair(node_.missed_by(), target()) == failure::none;
}

void domain_state::ask_node(time_point t) {
  if (!seeks_node())
    return;
  auto& entry = lane_of(node_.missed_by());
  if (entry.second.reverse == nullptr)
    ask_pair(entry, t);
  note_busy(entry);
}

void domain_state::judge_node(bool moved) {
  // Names that only a pattern covers do not count: anybody can make them up.
  const auto settings = hub_->current();
  const bool listed = std::ranges::any_of(settings->config.nodes, [&](auto& node) {
    return std::ranges::any_of(node.served(), [&](auto& pattern) {
      return !pattern.wildcard() && pattern.base() == target();
    });
  });
  node_.judge(moved, listed);
}

} // namespace fedhub
