// The connection actor: what the state machine asks for, writing, time and the end.
#include "actors/connection_state.hpp"

#include <algorithm>
#include <utility>

#include "actors/dialback_verifier.hpp"
#include "actors/log.hpp"
#include "actors/reply.hpp"

namespace fedhub {

namespace {

/// Octets written in one go before others get their turn.
constexpr size_t write_octets = 1048576;
/// How long the peer has to take the last words and to close its side (RFC 6120 §4.4 asks for
/// patience, not for how much).
constexpr std::chrono::seconds linger_time{5};
/// How often a connection that can't write looks at how things stand.
constexpr std::chrono::milliseconds stall_check{100};
/// A destination whose oldest stanza has waited so long does not keep up, even if it takes some
/// octets.
constexpr std::chrono::milliseconds slow_after{1000};

dialback_result result_of(dialback_outcome x) {
  switch (x) {
  case dialback_outcome::valid:
    return dialback_result::valid;
  case dialback_outcome::invalid:
    return dialback_result::invalid;
  default:
    return dialback_result::error;
  }
}

tls_version version_of(const SSL* x) {
  return SSL_version(x) == TLS1_3_VERSION ? tls_version::tls_1_3 : tls_version::tls_1_2;
}

} // namespace

// ---- what the state machine asks for -----------------------------------------------------------

void connection_state::run(stream_actions actions) {
  for (auto& action : actions)
    std::visit([this](auto& x) { act(x); }, action);
}

void connection_state::act(send_xml& x) {
  stream_log().trace("{} sends {}", label(), x.xml);
  last_sent_payload_ = now();
  outbox_->push(std::move(x.xml));
}

void connection_state::act(start_tls&) {
  tls_wanted_ = true;
  input_->clear(); // clear-text octets behind the agreement are nobody's (RFC 6120 §5.4.3.3)
}

void connection_state::act(restart_stream&) { scanner_->reset(); }

void connection_state::act(stream_ready&) {
  if (leg_ == stream_leg::s2s_out || leg_ == stream_leg::node_s2s_out) {
    negotiated_ = true;
    if (owner_)
      self_->send(owner_, linkup_atom_v, connection_actor{self_});
  }
}

void connection_state::act(verify_key& x) {
  spawn_dialback_verifier(self_->home_system(), hub_, connection_actor{self_}, std::move(x));
}

void connection_state::act(pair_authorised& x) {
  ++pairs_;
  stream_log().info("{} authorised {} -> {}", label(), x.pair.from.str(), x.pair.to.str());
  authenticated();
  if (owner_)
    self_->send(owner_, pair_atom_v, connection_actor{self_},
                std::make_shared<const pair_outcome>(pair_outcome{x.pair, failure::none, {}}));
}

void connection_state::act(pair_refused& x) {
  stream_log().warn("{} refused {} -> {}: {}", label(), x.pair.from.str(), x.pair.to.str(),
                    explain(x.why, x.detail));
  if (owner_)
    self_->send(owner_, pair_atom_v, connection_actor{self_},
                std::make_shared<const pair_outcome>(pair_outcome{x.pair, x.why, x.detail}));
}

void connection_state::act(key_answered& x) {
  if (!owner_)
    return;
  verification answer{{x.pair, x.stream_id, {}}, x.outcome, failure::none, x.condition};
  if (x.outcome == dialback_outcome::error)
    answer.why = failure::dialback_error;
  self_->send(owner_, verified_atom_v, std::make_shared<const verification>(std::move(answer)));
}

void connection_state::act(dialback_seen& x) {
  auto& metrics = hub_->metrics;
  bool outgoing = leg_ == stream_leg::s2s_out || leg_ == stream_leg::node_s2s_out;
  if (x.step == dialback_step::result)
    metrics.dialback
      .at(outgoing ? dialback_role::initiating : dialback_role::receiving, result_of(x.outcome))
      .Increment();
  if (x.step == dialback_step::verify_response && !outgoing)
    metrics.dialback.at(dialback_role::authoritative, result_of(x.outcome)).Increment();
  if (x.step == dialback_step::verify_request)
    ++questions_;
  log(log_module::dialback_verify)
    .info("{} {} {} {} -> {}{}{}{}", label(), x.sent ? "sent" : "received", to_string(x.step),
          x.pair.from.str(), x.pair.to.str(), x.stream_id.empty() ? "" : " id=" + x.stream_id,
          x.key.empty() ? "" : " key=" + shorten_key(x.key),
          x.outcome == dialback_outcome::none ? "" : " type=" + std::string(to_string(x.outcome)));
}

void connection_state::act(component_authenticated& x) {
  auto name = role_->node(x.candidate);
  authenticated();
  auto table = hub_->table();
  for (auto& node : table->nodes())
    if (node.name == name) {
      owner_ = node.owner;
      released_ = false;
      self_->send(owner_, linkup_atom_v, connection_actor{self_});
    }
  if (!owner_)
    fail(stream_error::not_authorized, failure::node_rejected, "the node is configured no more");
}

void connection_state::act(close_stream& x) {
  begin_closing({x.error, x.why, std::move(x.detail)});
}

void connection_state::authenticated() {
  if (std::exchange(authenticated_, true))
    return;
  if (ticket_)
    ticket_->authenticated();
  auto& limits = settings_->config.limits;
  scanner_->set_limits({limits.stanza_bytes, limits.stanza_depth, limits.stanza_elements});
  auto& metrics = hub_->metrics;
  stream_share_.move_to(metrics.streams.at(
    leg_, stream_state::authenticated, transport_->tls() ? stream_tls::tls : stream_tls::plain));
  metrics.negotiations.at(leg_, negotiation_result::ok).Increment();
  metrics.negotiation_duration.at(leg_).Observe(
    std::chrono::duration<double>(now() - started_).count());
  note_state("CONNECTED");
}

// ---- what other actors ask for -----------------------------------------------------------------

void connection_state::on_deliver(stanza_batch& batch) {
  if (phase_ != phase::open) {
    for (auto& x : batch.stanzas)
      unwritten_.push_back(std::move(x));
    batch.stanzas.clear();
    return;
  }
  last_sent_payload_ = now();
  if (outbox_->empty())
    last_progress_ = last_sent_payload_;
  if (stanza_log_out().should_log(spdlog::level::debug))
    stanza_log_out().debug("{} {} stanzas to send", label(), batch.stanzas.size());
  reply_batch replies{*hub_, id_};
  for (auto& x : batch.stanzas)
    if (auto why = outbox_->push(x); why != failure::none)
      replies.reject(x, why, "the destination does not keep up");
  batch.stanzas.clear();
  // Not at once: what else waits in the mailbox goes into the same system call.
  if (!std::exchange(flush_asked_, true))
    self_->send(self_, flush_atom_v);
}

void connection_state::on_flush() {
  flush_asked_ = false;
  write();
  schedule();
}

void connection_state::on_close(const link_end& x) {
  if (phase_ != phase::open)
    return;
  if (x.error == stream_error::none)
    run(role_->close(x.why));
  else
    run(role_->fail(x.error, x.why, x.detail));
  write();
  schedule();
}

void connection_state::on_verified(const verification& x) {
  if (phase_ != phase::open)
    return;
  run(role_->on_verified(x));
  write();
  schedule();
}

void connection_state::on_pair(const domain_pair& x) {
  if (phase_ != phase::open)
    return;
  run(role_->authenticate(x));
  write();
  schedule();
}

void connection_state::on_verify(const verification& x) {
  if (phase_ != phase::open)
    return;
  run(role_->verify(x.question));
  write();
  schedule();
}

void connection_state::on_release() {
  released_ = true;
  give_back();
}

void connection_state::on_reload() {
  settings_ = hub_->current();
  if (phase_ == phase::open)
    run(role_->on_reload());
  write();
  schedule();
}

// ---- writing -----------------------------------------------------------------------------------

void connection_state::write() {
  if (phase_ == phase::ended || handshaking_)
    return;
  if (writable_ && !outbox_->empty()) {
    size_t written = 0;
    auto status = outbox_->flush(*transport_, write_octets, written);
    if (written > 0)
      last_sent_ = last_progress_ = now();
    count_octets();
    if (status == io_status::would_block) {
      writable_ = false;
    } else if (status != io_status::ok) {
      if (phase_ == phase::open)
        begin_closing({stream_error::none, failure::stream_closed, transport_->last_error()});
      return end();
    } else if (!outbox_->empty()) {
      if (!std::exchange(flush_asked_, true))
        self_->send(self_, flush_atom_v);
    }
  }
  if (!outbox_->empty())
    return;
  if (tls_wanted_) {
    tls_wanted_ = false;
    handshaking_ = true;
    bool outgoing = leg_ == stream_leg::s2s_out || leg_ == stream_leg::node_s2s_out;
    transport_->start_tls(outgoing ? tls_->connect(role_->tls_name())
                                   : tls_->accept(role_->tls_name()));
    return drive_handshake();
  }
  if (phase_ == phase::closing) {
    if (!std::exchange(write_shut_, true))
      transport_->shutdown_write();
    give_back();
    if (peer_ended_)
      end();
  }
}

void connection_state::drive_handshake() {
  auto status = transport_->handshake();
  if (status == io_status::would_block)
    return;
  handshaking_ = false;
  bool outgoing = leg_ == stream_leg::s2s_out || leg_ == stream_leg::node_s2s_out;
  auto role = outgoing ? tls_role::client : tls_role::server;
  if (status != io_status::ok) {
    hub_->metrics.tls_handshake_failures.at(role).Increment();
    auto detail = transport_->last_error().empty() ? std::string("the peer closed the connection")
                                                   : transport_->last_error();
    begin_closing({stream_error::none, failure::tls_failed, detail});
    return end();
  }
  hub_->metrics.tls_handshakes.at(role, version_of(transport_->ssl())).Increment();
  stream_share_.move_to(hub_->metrics.streams.at(leg_, stream_state::negotiating, stream_tls::tls));
  stream_log().info("{} secured by {} {}", label(), SSL_get_version(transport_->ssl()),
                    SSL_get_cipher_name(transport_->ssl()));
  run(role_->on_tls_established());
  read_turn();
  write();
}

void connection_state::count_octets() {
  if (!transport_)
    return;
  auto read = transport_->octets_read();
  auto written = transport_->octets_written();
  if (read != counted_read_)
    hub_->metrics.octets_received.at(leg_).Increment(static_cast<double>(read - counted_read_));
  if (written != counted_written_)
    hub_->metrics.octets_sent.at(leg_).Increment(static_cast<double>(written - counted_written_));
  counted_read_ = read;
  counted_written_ = written;
}

// ---- the end -----------------------------------------------------------------------------------

void connection_state::fail(stream_error error, failure why, std::string_view detail) {
  flush_batch(); // what came before the fault was good
  run(role_->fail(error, why, detail));
}

void connection_state::begin_closing(const link_end& why) {
  if (phase_ != phase::open)
    return;
  phase_ = phase::closing;
  closing_since_ = now();
  end_ = why;
  input_->clear();
  if (std::exchange(paused_, false)) { // only the peer's end is read from now on
    paused_share_.set(0);
    self_->send(self_, ready_atom_v, transport_->fd());
  }
  auto& metrics = hub_->metrics;
  metrics.streams_closed.at(leg_, why.why).Increment();
  bool served_questions = !authenticated_ && questions_ > 0;
  if (!authenticated_ && !served_questions) {
    metrics.negotiations.at(leg_, negotiation_result::failed).Increment();
    metrics.negotiation_failures.at(leg_, why.why).Increment();
  }
  bool dialback_only = questions_ > 0 && pairs_ == 0;
  if (why.error != stream_error::none)
    stream_log().warn("{} stream error {} sent: {}", label(), to_string(why.error), why.detail);
  else if (dialback_only && (why.why == failure::none || why.why == failure::stream_closed))
    stream_log().info("{} stream closed (dialback only)", label());
  else
    stream_log().info("{} stream closed: {}", label(),
                      why.why == failure::none ? "in order" : explain(why.why, why.detail));
  note_state("CLOSED");
  if (owner_)
    self_->send(owner_, linkdown_atom_v, connection_actor{self_},
                std::make_shared<const link_end>(why));
  if (handshaking_)
    end(); // nothing can be said in the middle of a handshake
}

void connection_state::end() {
  if (phase_ == phase::ended)
    return;
  phase_ = phase::ended;
  flush_batch();
  count_octets();
  hub_->loop.remove(watch_);
  watch_.reset();
  transport_.reset();
  auto left = outbox_->take_unwritten();
  // Older than what came after the end began.
  unwritten_.insert(unwritten_.begin(), std::make_move_iterator(left.begin()),
                    std::make_move_iterator(left.end()));
  stream_share_ = {};
  ticket_.reset();
  give_back();
}

void connection_state::give_back() {
  if (phase_ == phase::open || !released_ || !outbox_->empty())
    return;
  if (owner_ && !std::exchange(drained_said_, true)) {
    if (!unwritten_.empty()) {
      auto batch = std::make_shared<stanza_batch>(hub_->account);
      batch->stanzas = std::move(unwritten_);
      unwritten_.clear();
      self_->send(owner_, returned_atom_v, connection_actor{self_}, std::move(batch));
    }
    self_->send(owner_, drained_atom_v, connection_actor{self_});
  }
  maybe_quit();
}

void connection_state::maybe_quit() {
  if (phase_ != phase::ended || !released_)
    return;
  reply_batch replies{*hub_, id_};
  for (auto& x : unwritten_)
    replies.reject(x, end_.why == failure::none ? failure::stream_closed : end_.why, end_.detail);
  unwritten_.clear();
  self_->quit();
}

// ---- time --------------------------------------------------------------------------------------

time_point connection_state::now() const { return self_->home_system().clock().now(); }

time_point connection_state::next_deadline() const {
  auto& timeouts = settings_->config.timeouts;
  switch (phase_) {
  case phase::ended:
    return released_ ? time_point::max() : closing_since_ + 2 * linger_time;
  case phase::closing:
    return closing_since_ + linger_time;
  case phase::open:
    break;
  }
  auto result = time_point::max();
  if (!authenticated_ && !negotiated_) {
    result = started_ + timeouts.negotiation;
  } else {
    result = last_sent_ + timeouts.keepalive;
    if (leg_ != stream_leg::node_component)
      result = std::min(result, std::max(last_received_, last_sent_payload_) + timeouts.idle);
  }
  if (!outbox_->empty() && !writable_)
    result = std::min(result, now() + stall_check);
  return result;
}

void connection_state::schedule() {
  auto at = next_deadline();
  if (at >= next_tick_)
    return;
  next_tick_ = at;
  self_->delayed_send(self_, std::max(at - now(), time_point::duration::zero()), tick_atom_v);
}

void connection_state::on_tick() {
  auto t = now();
  if (t < next_tick_)
    return; // of a deadline that has been moved since
  next_tick_ = time_point::max();
  auto& timeouts = settings_->config.timeouts;
  if (phase_ == phase::ended) {
    // The owner is gone without a word, as at the hub's stop.
    released_ = true;
    return maybe_quit();
  }
  if (phase_ == phase::closing) {
    if (t - closing_since_ >= linger_time)
      end();
  } else if (!authenticated_ && !negotiated_) {
    if (t - started_ >= timeouts.negotiation)
      fail(stream_error::connection_timeout, failure::stream_timeout,
           "not authenticated within " + std::to_string(timeouts.negotiation.count())
             + " s, in phase " + std::string(role_->phase()));
  } else {
    check_stall();
    if (phase_ == phase::open && leg_ != stream_leg::node_component && outbox_->empty()
        && t - std::max(last_received_, last_sent_payload_) >= timeouts.idle)
      run(role_->close(failure::none));
    else if (phase_ == phase::open && outbox_->empty() && t - last_sent_ >= timeouts.keepalive)
      outbox_->push(std::string(" "));
  }
  write();
  schedule();
}

void connection_state::check_stall() {
  if (outbox_->empty() || writable_)
    return;
  auto t = now();
  auto stuck = t - last_progress_;
  if (!outbox_->settled() && (stuck >= hold_back_time || t - outbox_->oldest() >= slow_after)) {
    hub_->metrics.stalls.at(leg_).Increment();
    stream_log().warn("{} the peer does not keep up: {} stanzas wait", label(), outbox_->size());
    reply_batch replies{*hub_, id_};
    for (auto& x : outbox_->settle_in())
      replies.reject(x.value, x.why, "the destination does not keep up");
  }
  if (stuck >= settings_->config.timeouts.keepalive)
    fail(stream_error::connection_timeout, failure::stalled,
         "nothing could be written for "
           + std::to_string(settings_->config.timeouts.keepalive.count()) + " s");
}

// ---- log ---------------------------------------------------------------------------------------

void connection_state::note_state(std::string_view to) {
  log(log_module::connection_history).info("{} {}->{}", label(), state_text_, to);
  state_text_ = to;
}

std::string connection_state::label() const {
  auto peer = role_ ? role_->peer_name() : std::string();
  std::string text = "[" + std::to_string(id_) + " " + std::string(to_string(leg_));
  if (!peer.empty())
    text += " " + peer;
  if (role_ && !role_->stream_id().empty())
    text += " id=" + role_->stream_id();
  return text + "]";
}

spdlog::logger& connection_state::stream_log() const {
  switch (leg_) {
  case stream_leg::s2s_in:
  case stream_leg::node_s2s_in:
    return log(log_module::stream_in);
  case stream_leg::node_component:
    return log(log_module::stanza_component_in);
  case stream_leg::s2s_out:
  case stream_leg::node_s2s_out:
    break;
  }
  return log(log_module::stream_out);
}

spdlog::logger& connection_state::stanza_log_in() const {
  return log(leg_ == stream_leg::node_component ? log_module::stanza_component_in
                                                : log_module::stream_in);
}

spdlog::logger& connection_state::stanza_log_out() const {
  return log(leg_ == stream_leg::node_component ? log_module::stanza_component_out
                                                : log_module::stream_out);
}

} // namespace fedhub
