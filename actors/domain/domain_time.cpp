// The domain actor: its clock, its end, and what it says it is doing.
#include "actors/domain/domain_state.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/hub/reply.hpp"
#include "actors/log/log.hpp"

namespace fedhub {

namespace {

/// A domain unused for so long gives its actor up.
constexpr std::chrono::seconds grace_time{60};
/// The same for one that has never had a stream.
constexpr std::chrono::seconds unproven_grace_time{5};
/// Ticks lie at least so far apart, whatever the deadlines are.
constexpr std::chrono::milliseconds least_wait{1};

std::string seconds_text(std::chrono::nanoseconds x) {
  return fmt::format("{:.1f} s", std::chrono::duration<double>(x).count());
}

} // namespace

void domain_state::on_retire() {
  bool idle = unused() && now() >= needed_until();
  retiring_ = false;
  self_->send(hub_->directory, retired_atom_v, target_, idle);
  if (idle)
    self_->quit();
  else
    schedule();
}

time_point domain_state::now() const { return self_->home_system().clock().now(); }

/// When there is something to do next that no message will tell of. Whatever is due at `t` or
/// before has been done.
time_point domain_state::next_deadline(time_point t) const {
  auto at = std::min(lanes_due_, next_of_hosts(t));
  at = std::min(at, absence_.due(hub_->current()->config.timeouts.node));
  if (former_)
    at = std::min(at, former_->queue.next_due(hub_->current()->config.timeouts.queue));
  if (!questions_.empty()) // the first one has waited longest
    at = std::min(at, questions_.front().until);
  if (phase_ == phase::none && wanted())
    at = std::min(at, retry_at_);
  else if (unused() && !retiring_ && !stopping_)
    at = std::min(at, needed_until());
  if (answers_)
    at = std::min(at, answers_->held_until());
  return at;
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
    return; // of a moment that has been moved since
  next_tick_ = time_point::max();
  if (answers_ && t >= answers_->held_until())
    answers_.reset();
  end_wait();
  expire();
  expire_questions(t);
  take_back_lent(t);
  finish_dialback_only();
  kick();
  retire_if_unused();
  prune_busy();
  schedule();
}

/// Where only a key had to be verified, that was probably all, and a domain that has never had a
/// stream may not be there. Neither is worth an actor for long: thousands of such domains that come
/// at once would each have one for a minute.
time_point domain_state::needed_until() const {
  if (verified_ && !carried_)
    return std::max(last_use_, retry_at_);
  if (carried_ && !proven_)
    return last_use_ + unproven_grace_time;
  return last_use_ + grace_time;
}

bool domain_state::unused() const {
  return phase_ == phase::none && questions_.empty() && !wanted() && reverse_.empty();
}

void domain_state::retire_if_unused() {
  if (!unused() || retiring_ || stopping_ || now() < needed_until())
    return;
  retiring_ = true;
  self_->send(hub_->directory, retire_atom_v, target_, domain_actor{self_});
}

void domain_state::expire() {
  auto t = now();
  auto& timeouts = hub_->current()->config.timeouts;
  reply_batch replies{*self_, *hub_, std::hash<domain_name>{}(target_)};
  lanes_due_ = time_point::max();
  expire_former(t, replies);
  for (auto* entry : busy_) {
    auto& lane = entry->second;
    for (auto& x :
         absence_.awaited() ? std::vector<stanza>{} : lane.queue.take_older(t - timeouts.queue)) {
      if (last_why_ != failure::none)
        replies.reject(x, last_why_, last_detail_);
      else if (const auto step = step_under_way(); step != failure::none)
        replies.reject(x, step, "for " + seconds_text(t - phase_since_));
      else
        replies.reject(x, failure::queue_timeout);
    }
    lane.queue.condense(t);
    for (auto& x : lane.queue.settle_in(t)) {
      note_full(entry->first, x.why);
      replies.reject(x.value, x.why);
    }
    if (lane.state == pair_state::asked && t - lane.since >= timeouts.dialback) {
      hub_->metrics.dialback.at(dialback_role::initiating, dialback_result::timeout).Increment();
      if (link_)
        self_->send(link_, forget_atom_v, domain_pair{entry->first, spoken_});
      lane.state = pair_state::refused;
      lane.since = t;
      lane.why = failure::dialback_timeout;
      lane.detail = "no answer to the key within " + std::to_string(timeouts.dialback.count())
                    + " s; does the DNS of that server lead " + entry->first.str()
                    + (leg_ == stream_leg::s2s_out ? " to this hub?" : " to listen.nodes?");
      route_log(log_module::stream_out, "keys without an answer")
        .warn("[{} from {}] {}", fact::domain(target_), entry->first.str(),
              explained{lane.why, lane.detail}, fact::pair(domain_pair{entry->first, target_}),
              fact::timeout_s(timeouts.dialback));
      unanswered_ = true;
      for (auto& x : lane.queue.take_all())
        replies.reject(x, lane.why, lane.detail);
      finish_dialback_only();
    }
    lanes_due_ = std::min(lanes_due_, due_of(lane));
  }
}

/// What a stanza that has waited too long waits for.
failure domain_state::step_under_way() const {
  switch (phase_) {
  case phase::resolving:
    return failure::dns_timeout;
  case phase::connecting:
    return failure::connect_timeout;
  case phase::negotiating:
    return failure::stream_timeout;
  case phase::ready:
    return failure::dialback_timeout;
  case phase::none:
  case phase::draining:
    break;
  }
  return failure::none;
}

std::string_view domain_state::phase_name(phase x) {
  constexpr std::array<std::string_view, 6> names{"PENDING",     "RESOLVING",  "CONNECTING",
                                                  "NEGOTIATING", "NEGOTIATED", "CLOSING"};
  return names[static_cast<size_t>(x)];
}

void domain_state::note_phase(phase x) {
  if (x == phase_)
    return;
  route_log(log_module::connection_history, "states of routes")
    .info("[{} {}] {}->{}", route_name(), fact::domain(target_),
          fact::former_state(phase_name(phase_)), fact::state(phase_name(x)), fact::leg(leg_),
          fact::duration_s(now() - phase_since_));
  phase_ = x;
  phase_since_ = now();
}

} // namespace fedhub
