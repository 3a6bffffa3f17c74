// The connection actor: deadlines.
#include <algorithm>

#include "actors/connection/connection_state.hpp"
#include "actors/hub/reply.hpp"
#include "metrics/hub_metrics.hpp"

namespace fedhub {

time_point connection_state::now() const { return self_->home_system().clock().now(); }

time_point connection_state::next_deadline() const {
  auto& timeouts = settings_->config.timeouts;
  if (ending_.ended())
    return ending_.release_due();
  if (ending_.closing())
    return std::min(closing_due(), outbox_->confirm_due());
  auto result = time_point::max();
  if (!facts_.authenticated && !facts_.negotiated) {
    result = ending_.since() + timeouts.negotiation;
  } else {
    if (management_ && management_->on())
      result = management_->next_deadline(); // its requests replace white space
    else
      result = keepalive_due();
    if (management_)
      result = std::min(result, management_->next_deadline());
    if (outbox_->held() != nullptr)
      result = std::min(result, outbox_->held()->settle_due());
    // A stream with output or unacknowledged stanzas is not idle but stalled.
    if (facts_.leg != stream_leg::node_component && outbox_->empty() && !holds())
      result = std::min(result, times_.idle_due(timeouts.idle));
  }
  return std::min({result, stall_due(), outbox_->confirm_due()});
}

liveness::waiting connection_state::waiting_output() const {
  return {outbox_->condense_due(), outbox_->oldest(), outbox_->settled()};
}

/// Returns when `check_stall` or `condense` has something to do, if nothing more is written until
/// then.
time_point connection_state::stall_due() const {
  return kept_waiting() ? times_.stall_due(waiting_output(), hold_back_time,
                                           settings_->config.timeouts.keepalive)
                        : time_point::max();
}

time_point connection_state::closing_due() const {
  return ending_.close_due(facts_.leg == stream_leg::node_component, !outbox_->empty());
}

void connection_state::schedule() {
  const auto deadline = next_deadline();
  if (times_.needs_tick(deadline))
    self_->delayed_send(self_, times_.plan(deadline, now()), tick_atom_v);
}

void connection_state::on_tick() {
  auto t = now();
  ask_component(t);
  if (!times_.tick_came(t))
    return;
  auto& timeouts = settings_->config.timeouts;
  if (ending_.ended()) {
    if (t < next_deadline())
      return schedule(); // the tick was for a deadline before the end
    ending_.release();
    return maybe_quit();
  }
  confirm(t);
  if (ending_.closing()) {
    if (t >= closing_due())
      end();
  } else if (!facts_.authenticated && !facts_.negotiated) {
    check_stall();
    if (ending_.open() && t - ending_.since() >= timeouts.negotiation)
      fail(stream_error::connection_timeout, failure::stream_timeout,
           "not authenticated within " + std::to_string(timeouts.negotiation.count())
             + " s, in phase " + std::string(role_.phase()));
  } else {
    check_stall();
    if (ending_.open() && management_) {
      outbox_->settle_held(t);
      run(management_->on_time(t));
    }
    if (ending_.open() && facts_.leg != stream_leg::node_component && outbox_->empty() && !holds()
        && t >= times_.idle_due(timeouts.idle)) {
      push_final_count();
      run(role_.close(failure::none));
    } else if (ending_.open() && !(management_ && management_->on())) {
      keep_alive(t);
    }
  }
  write();
  schedule();
}

void connection_state::check_stall() {
  if (!kept_waiting())
    return;
  auto t = now();
  if (times_.slow(waiting_output(), hold_back_time, t)) {
    writing_.patient = true;
    watch_over();
    hub_->metrics.stalls.at(facts_.leg).Increment();
    stream_log("slow peers")
      .warn("{} the peer does not keep up: {} stanzas wait", label(),
            fact::stanzas(outbox_->size()), fact::duration_s(times_.stuck_for(t)));
    reply_batch replies{*self_, *hub_, id_};
    for (auto& x : outbox_->settle_in())
      replies.reject(x.value, x.why, "the destination does not keep up");
  }
  if (times_.stalled(settings_->config.timeouts.keepalive, t))
    fail(stream_error::connection_timeout, failure::stalled,
         "nothing could be written for "
           + std::to_string(settings_->config.timeouts.keepalive.count()) + " s");
}

} // namespace fedhub
