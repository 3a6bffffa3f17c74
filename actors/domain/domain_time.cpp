// The domain actor: its deadlines, its end, and its state in the log.
#include "actors/domain/domain_state.hpp"

#include <algorithm>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/hub/reply.hpp"
#include "actors/hub/settings.hpp"
#include "actors/log/log.hpp"
#include "metrics/hub_metrics.hpp"
#include "protocol/text/domain_name.hpp"

namespace fedhub {

namespace {

/// The shortest time between two ticks, for any deadlines.
constexpr std::chrono::milliseconds least_wait{1};

std::string seconds_text(std::chrono::nanoseconds x) {
  return fmt::format("{:.1f} s", std::chrono::duration<double>(x).count());
}

} // namespace

void domain_state::on_retire() {
  bool idle = unused() && now() >= needed_until();
  retiring_ = false;
  self_->send(hub_->directory, retired_atom_v, target(), idle);
  if (idle)
    self_->quit();
  else
    schedule();
}

time_point domain_state::now() const { return self_->home_system().clock().now(); }

/// Returns the next deadline. @pre everything that is due at `t` or before has been done.
time_point domain_state::next_deadline(time_point t) const {
  const auto settings = hub_->current();
  const auto& timeouts = settings->config.timeouts;
  auto at = std::min(lanes_->due(), next_of_hosts(t));
  at = std::min(at, node_.absence.due(timeouts.node));
  if (former_)
    at = std::min(at, former_->next_due(timeouts.queue));
  at = std::min(at, questions_.due());
  if (route_.in(route_phase::none) && wanted())
    at = std::min(at, retry_.at());
  else if (unused() && !retiring_ && !stopping())
    at = std::min(at, needed_until());
  return std::min(at, questions_.held_until());
}

void domain_state::schedule() {
  auto t = now();
  auto at = next_deadline(t);
  if (at >= next_tick_)
    return;
  next_tick_ = std::max(at, t + least_wait);
  self_->delayed_send(self_, next_tick_ - t, tick_atom_v);
}

void domain_state::on_tick() {
  auto t = now();
  if (t < next_tick_)
    return; // for a deadline that has moved since
  next_tick_ = time_point::max();
  questions_.forget_old_answers(t);
  end_wait();
  expire();
  expire_questions(t);
  log_taken_back(questions_.take_back_due(t), "no answer over another domain's stream");
  finish_dialback_only();
  kick();
  retire_if_unused();
  lanes_->prune_busy();
  schedule();
}

void domain_state::retire_if_unused() {
  if (!unused() || retiring_ || stopping() || now() < needed_until())
    return;
  retiring_ = true;
  self_->send(hub_->directory, retire_atom_v, target(), domain_actor{self_});
}

void domain_state::expire() {
  const auto t = now();
  const auto settings = hub_->current();
  const auto& timeouts = settings->config.timeouts;
  reply_batch replies{*self_, *hub_, std::hash<domain_name>{}(target())};
  lanes_->begin_round();
  expire_former(t, replies);
  const auto patience = this->patience();
  for (auto* entry : lanes_->busy()) {
    auto& lane = entry->second;
    if (patience.queue)
      for (auto& stanza : lane.queue.take_older(t - *patience.queue)) {
        if (retry_.why() != failure::none)
          replies.reject(stanza, retry_.why(), retry_.detail());
        else if (const auto step = timeout_of(route_.phase()); step != failure::none)
          replies.reject(stanza, step, "for " + seconds_text(t - route_.since()));
        else
          replies.reject(stanza, failure::queue_timeout);
      }
    lane.queue.condense(t);
    for (auto& stanza : lane.queue.settle_in(t)) {
      note_full(entry->first, stanza.why);
      replies.reject(stanza.value, stanza.why);
    }
    if (t >= lane.pair.due(patience.dialback))
      expire_key(*entry, t, timeouts.dialback, replies);
    lanes_->due_by(lane.due(patience));
  }
}

/// Gives up waiting for the peer's answer to this lane's key.
void domain_state::expire_key(lane_entry& entry, time_point t, std::chrono::seconds patience,
                              reply_batch& replies) {
  auto& [sender, lane] = entry;
  hub_->metrics.dialback.at(dialback_role::initiating, dialback_result::timeout).Increment();
  if (link_) {
    self_->send(link_, forget_atom_v, domain_pair{sender, name_.in_use()});
    outgoing_->on_silence();
  }
  lane.pair.refuse(t, failure::dialback_timeout,
                   "no answer to the key within " + std::to_string(patience.count())
                     + " s; does the DNS of that server lead " + sender.str()
                     + (leg_ == stream_leg::s2s_out ? " to this hub?" : " to listen.nodes?"));
  route_log(log_module::stream_out, "keys without an answer")
    .warn("[{} from {}] {}", fact::domain(target()), sender.str(),
          explained{lane.pair.why(), lane.pair.detail()}, fact::pair(domain_pair{sender, target()}),
          fact::timeout_s(patience));
  for (auto& stanza : lane.queue.take_all())
    replies.reject(stanza, lane.pair.why(), lane.pair.detail());
  report();
  finish_dialback_only();
}

void domain_state::enter(route_phase phase) {
  if (route_.in(phase))
    return;
  const auto t = now();
  route_log(log_module::connection_history, "states of routes")
    .info("[{} {}] {}->{}", route_name(), fact::domain(target()),
          fact::former_state(to_string(route_.phase())), fact::state(to_string(phase)),
          fact::leg(leg_), fact::duration_s(t - route_.since()));
  const auto shown = phase_shown();
  route_.enter(phase, t);
  if (phase != route_phase::draining && phase_shown() != shown)
    report();
}

log_origin domain_state::origin() const {
  if (leg_ != stream_leg::s2s_out || use_.proven())
    return {log_standing::authenticated, target().str()};
  return {use_.carried() ? log_standing::unproven : log_standing::stranger, target().str()};
}

} // namespace fedhub
