// The connection actor: time, the end, and how the log names it.
#include "actors/connection/connection_state.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "actors/hub/reply.hpp"

namespace fedhub {

namespace {

/// How long the peer has to take the last words and to close its side (RFC 6120 §4.4 asks for
/// patience, not for how much).
constexpr std::chrono::seconds linger_time{5};
/// How long a stream that is not allowed any more has to write what may still go.
constexpr std::chrono::seconds revoked_time{1};
/// The same for a component whose place another one takes: what waits for the node waits for it.
constexpr std::chrono::seconds replaced_time{1};
/// The same for a peer that is found dead: no more than to write into the socket.
constexpr std::chrono::milliseconds dead_linger_time{100};
/// Ticks lie at least so far apart, whatever the deadlines are.
constexpr std::chrono::milliseconds least_wait{1};
/// A destination whose oldest stanza has waited so long does not keep up, even if it takes some
/// octets.
constexpr std::chrono::milliseconds slow_after{1000};

} // namespace

// ---- the end -----------------------------------------------------------------------------------

void connection_state::fail(stream_error error, failure why, std::string_view detail,
                            std::string_view application) {
  flush_batch(); // what came before the fault was good
  say_last_words();
  run(role_->fail(error, why, detail, application));
}

void connection_state::begin_closing(const link_end& why) {
  if (phase_ != phase::open)
    return;
  flush_batch();
  phase_ = phase::closing;
  const auto open_for = now() - begun_;
  begun_ = now();
  auto said = std::make_shared<link_end>(why);
  said->carried = acknowledged_;
  if (revoked_)
    said->by_reload = taken_back::all;
  end_ = std::move(said);
  close_session();
  if (!holds())
    input_->clear();
  if (paused_) { // only the peer's end is read from now on
    pause(false);
    self_->send(self_, ready_atom_v, transport_->fd());
  }
  end_claim();
  auto& metrics = hub_->metrics;
  if (!header_seen_ && leg_ == stream_leg::node_component)
    metrics.streams_opened.at(leg_).Increment();
  metrics.streams_closed.at(leg_, why.why).Increment();
  bool served_questions = !authenticated_ && questions_ > 0;
  if (!authenticated_ && !served_questions) {
    metrics.negotiations.at(leg_, negotiation_result::failed).Increment();
    metrics.negotiation_failures.at(leg_, why.why).Increment();
  }
  bool dialback_only = questions_ > 0 && pairs_ == 0;
  if (why.error != stream_error::none)
    stream_log("stream errors")
      .warn("{} stream error {} sent: {}", label(), fact::stream_error(why.error),
            fact::detail(why.detail), fact::failure(why.why), fact::duration_s(open_for));
  else if (dialback_only && (why.why == failure::none || why.why == failure::stream_closed))
    stream_log("closed streams")
      .info("{} stream closed (dialback only)", label(), fact::duration_s(open_for));
  else
    stream_log("closed streams")
      .info("{} stream closed: {}", label(), explained{why.why, why.detail, "in order"},
            fact::duration_s(open_for));
  note_state("CLOSED");
  if (owner_)
    self_->send(owner_, linkdown_atom_v, connection_actor{self_}, end_);
  if (change_agreed() || layer_ == layer_change::tls_due)
    layer_ = layer_change::none;
  if (handshaking())
    end(); // nothing can be said in the middle of a handshake
}

void connection_state::end() {
  if (phase_ == phase::ended)
    return;
  phase_ = phase::ended;
  flush_batch();
  count_octets();
  answer_unconfirmed();
  if (drain_ != drain_stage::running)
    discard_input();
  identity_->forget();
  transport_.reset();
  hub_->loop.closed(watch_);
  watch_.reset();
  // What was written and not acknowledged is older than what was not written, and that is older
  // than what came after the end began.
  auto left = outbox_->take_held(now());
  session_.reset();
  const bool complete = !answer_hopeless(left);
  if (outgoing() && owner_ && !left.empty() && complete && broke_off())
    if (auto x = management_->session()) {
      session_ = std::make_unique<management_session>(std::move(*x));
      kept_ = static_cast<uint32_t>(left.size());
    }
  std::ranges::move(outbox_->take_unwritten(), std::back_inserter(left));
  unwritten_.insert(unwritten_.begin(), std::make_move_iterator(left.begin()),
                    std::make_move_iterator(left.end()));
  stream_share_ = {};
  forget_memory();
  ticket_.reset();
  hub_->admission.awaited.ended(id_);
  give_back();
}

void connection_state::give_back() {
  if (phase_ == phase::open || !released_ || !outbox_->empty() || holds())
    return;
  if (owner_ && !std::exchange(drained_said_, true)) {
    auto kept = std::make_shared<stanza_batch>(hub_->account);
    const auto end = unwritten_.begin() + static_cast<ptrdiff_t>(std::exchange(kept_, 0));
    std::move(unwritten_.begin(), end, std::back_inserter(kept->stanzas));
    unwritten_.erase(unwritten_.begin(), end);
    // These are newer: an owner that may not keep the others puts them in front of these.
    if (!unwritten_.empty()) {
      auto batch = std::make_shared<stanza_batch>(hub_->account);
      batch->stanzas = std::move(unwritten_);
      unwritten_.clear();
      self_->send(owner_, returned_atom_v, connection_actor{self_}, std::move(batch));
    }
    if (!kept->stanzas.empty())
      self_->send(owner_, keep_atom_v, connection_actor{self_},
                  std::make_shared<const kept_stream>(kept_stream{
                    std::move(*session_), role_->outgoing()->sender_name(), std::move(kept)}));
    self_->send(owner_, drained_atom_v, connection_actor{self_});
  }
  maybe_quit();
}

void connection_state::maybe_quit() {
  if (phase_ != phase::ended || !released_)
    return;
  reply_batch replies{*self_, *hub_, id_};
  for (auto& x : unwritten_)
    replies.reject(x, why_ended() == failure::none ? failure::stream_closed : why_ended(),
                   end_->detail);
  unwritten_.clear();
  self_->quit();
}

// ---- time --------------------------------------------------------------------------------------

time_point connection_state::now() const { return self_->home_system().clock().now(); }

time_point connection_state::next_deadline() const {
  auto& timeouts = settings_->config.timeouts;
  switch (phase_) {
  case phase::ended:
    return released_ ? time_point::max() : begun_ + 2 * linger_time;
  case phase::closing:
    return std::min(closing_due(), outbox_->confirm_due());
  case phase::open:
    break;
  }
  auto result = time_point::max();
  if (!authenticated_ && !negotiated_) {
    result = begun_ + timeouts.negotiation;
  } else {
    if (management_ && management_->on())
      result = management_->next_deadline(); // which asks in place of white space
    else
      result = keepalive_due();
    if (management_)
      result = std::min(result, management_->next_deadline());
    if (outbox_->held() != nullptr)
      result = std::min(result, outbox_->held()->settle_due());
    // With something to write or to be acknowledged, the stream is not idle but stalled.
    if (leg_ != stream_leg::node_component && outbox_->empty() && !holds())
      result = std::min(result, std::max(last_received_, last_sent_payload_) + timeouts.idle);
  }
  return std::min({result, stall_due(), outbox_->confirm_due()});
}

/// When `check_stall` or `condense` has something to do, if nothing more is written until then.
time_point connection_state::stall_due() const {
  if (!kept_waiting())
    return time_point::max();
  auto at =
    std::min(outbox_->condense_due(), last_progress_ + settings_->config.timeouts.keepalive);
  if (!outbox_->settled())
    at = std::min(at, last_progress_ + hold_back_time);
  if (auto oldest = outbox_->oldest(); !outbox_->settled() && oldest != time_point::max())
    at = std::min(at, oldest + slow_after);
  return at;
}

time_point connection_state::closing_due() const {
  bool dead = why_ended() == failure::acknowledge_timeout || why_ended() == failure::stalled;
  if (dead)
    return begun_ + dead_linger_time;
  if (end_ && end_->error == stream_error::conflict && leg_ == stream_leg::node_component)
    return begun_ + replaced_time;
  return begun_ + (revoked_ && !outbox_->empty() ? revoked_time : linger_time);
}

void connection_state::schedule() {
  auto at = next_deadline();
  if (at >= next_tick_)
    return;
  auto t = now();
  next_tick_ = std::max(at, t + least_wait);
  self_->delayed_send(self_, next_tick_ - t, tick_atom_v);
}

void connection_state::on_tick() {
  auto t = now();
  ask_component(t);
  if (t < next_tick_)
    return; // of a deadline that has been moved since
  next_tick_ = time_point::max();
  auto& timeouts = settings_->config.timeouts;
  if (phase_ == phase::ended) {
    if (t < next_deadline())
      return schedule(); // it was for a deadline of the stream's
    // The owner is gone without a word, as at the hub's stop.
    released_ = true;
    return maybe_quit();
  }
  confirm(t);
  if (phase_ == phase::closing) {
    if (t >= closing_due())
      end();
  } else if (!authenticated_ && !negotiated_) {
    check_stall();
    if (phase_ == phase::open && t - begun_ >= timeouts.negotiation)
      fail(stream_error::connection_timeout, failure::stream_timeout,
           "not authenticated within " + std::to_string(timeouts.negotiation.count())
             + " s, in phase " + std::string(role_->phase()));
  } else {
    check_stall();
    if (phase_ == phase::open && management_) {
      outbox_->settle_held(t);
      run(management_->on_time(t));
    }
    if (phase_ == phase::open && leg_ != stream_leg::node_component && outbox_->empty() && !holds()
        && t - std::max(last_received_, last_sent_payload_) >= timeouts.idle) {
      say_last_words();
      run(role_->close(failure::none));
    } else if (phase_ == phase::open && !(management_ && management_->on())) {
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
  auto stuck = t - last_progress_;
  if (!outbox_->settled() && (stuck >= hold_back_time || t - outbox_->oldest() >= slow_after)) {
    patient_ = true;
    watch_over();
    hub_->metrics.stalls.at(leg_).Increment();
    stream_log("slow peers")
      .warn("{} the peer does not keep up: {} stanzas wait", label(),
            fact::stanzas(outbox_->size()), fact::duration_s(stuck));
    reply_batch replies{*self_, *hub_, id_};
    for (auto& x : outbox_->settle_in())
      replies.reject(x.value, x.why, "the destination does not keep up");
  }
  if (stuck >= settings_->config.timeouts.keepalive)
    fail(stream_error::connection_timeout, failure::stalled,
         "nothing could be written for "
           + std::to_string(settings_->config.timeouts.keepalive.count()) + " s");
}

// ---- log ---------------------------------------------------------------------------------------

void connection_state::note_state(const char* to) {
  peer_log{log_module::connection_history, "states of connections", origin()}.info(
    "{} {}->{}", label(), fact::former_state(std::string_view{state_text_}),
    fact::state(std::string_view{to}));
  state_text_ = to;
}

std::string stream_label::str() const {
  auto& role = of.role_;
  auto peer = role ? role->peer_name() : std::string();
  std::string text = "[" + std::to_string(of.id_) + " " + std::string(to_string(of.leg_));
  if (!peer.empty())
    text += " " + peer;
  if (role && !role->stream_id().empty())
    text += " id=" + role->stream_id();
  return text + "]";
}

void stream_label::add_to(log_facts& to) const {
  to.add(fact::stream.name, of.id_);
  to.add(fact::leg.name, of.leg_);
  to.add(fact::address.name, of.peer_);
  if (of.role_) {
    to.add(fact::peer.name, of.role_->peer_name());
    to.add(fact::stream_id.name, of.role_->stream_id());
  }
}

log_origin connection_state::origin() const {
  auto standing = log_standing::authenticated;
  if (!authenticated_)
    standing = outgoing() && !provoked_ ? log_standing::unproven : log_standing::stranger;
  return {standing, log_peer(peer_)};
}

log_module connection_state::stream_module() const {
  switch (leg_) {
  case stream_leg::s2s_in:
  case stream_leg::node_s2s_in:
    return log_module::stream_in;
  case stream_leg::node_component:
    return log_module::stanza_component_in;
  case stream_leg::s2s_out:
  case stream_leg::node_s2s_out:
    break;
  }
  return log_module::stream_out;
}

log_module connection_state::stanza_module_in() const {
  return leg_ == stream_leg::node_component ? log_module::stanza_component_in
                                            : log_module::stream_in;
}

log_module connection_state::stanza_module_out() const {
  return leg_ == stream_leg::node_component ? log_module::stanza_component_out
                                            : log_module::stream_out;
}

} // namespace fedhub
