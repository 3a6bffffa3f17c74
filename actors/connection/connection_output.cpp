// The connection actor: what it is given to write, writing, and the TLS handshake.
#include "actors/connection/connection_state.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "actors/hub/reply.hpp"
#include "actors/net/tls_reading.hpp"

namespace fedhub {

namespace {

/// Octets written in one go before others get their turn.
constexpr size_t write_octets = 1048576;

tls_version version_of(const SSL* x) {
  return SSL_version(x) == TLS1_3_VERSION ? tls_version::tls_1_3 : tls_version::tls_1_2;
}

/// Octets that a start tag gains at most by addresses in normal form (two of 3,071, each escaped
/// anew) and by declarations (512) of a content namespace that is longer.
constexpr size_t most_gained = 48 << 10;

} // namespace

/// The limit in octets that `x`, as it would be written, is beyond; 0 if none.
size_t connection_state::exceeded_limit(const stanza& x) const {
  // Who says nothing is taken to have the hub's own limit, as nearly all servers do.
  const auto limit = std::min<size_t>(peer_limit_, settings_->config.limits.stanza_bytes);
  if (x.size + most_gained + x.source().context().most_declared <= limit
      || (x.size <= limit && outbox_->octets_to_write(x) <= limit))
    return 0;
  return limit;
}

void connection_state::on_deliver(stanza_batch& batch) {
  if (phase_ != phase::open) {
    for (auto& x : batch.stanzas)
      unwritten_.push_back(std::move(x));
    batch.stanzas.clear();
    return;
  }
  const bool given_up = drain_ == drain_stage::give_up;
  last_sent_payload_ = now();
  if (outbox_->empty())
    last_progress_ = last_sent_payload_;
  if (log(stanza_module_out()).should_log(spdlog::level::debug))
    peer_log{stanza_module_out(), "stanzas to send", origin()}.debug(
      "{} {} stanzas to send", label(), fact::stanzas(batch.stanzas.size()));
  reply_batch replies{*self_, *hub_, id_};
  outbox_->expect(batch.stanzas.size());
  for (auto& x : batch.stanzas) {
    if (given_up && !x.generated)
      replies.reject(x, failure::shutting_down);
    else if (const auto limit = exceeded_limit(x); limit != 0)
      replies.reject(x, failure::stanza_too_large,
                     "up to " + std::to_string(limit) + " octets can be sent there");
    else if (auto why = outbox_->push(x); why != failure::none)
      reject_full(replies, x, why);
  }
  batch.stanzas.clear();
  // Not at once: what else waits in the mailbox goes into the same system call.
  if (!std::exchange(flush_asked_, true))
    self_->send(self_, flush_atom_v);
}

void connection_state::reject_full(reply_batch& replies, stanza& x, failure why) {
  constexpr std::string_view detail = "the destination does not keep up";
  stream_log("full queues").warn("{} {}", label(), explained{why, detail});
  replies.reject(x, why, detail);
}

void connection_state::on_flush() {
  flush_asked_ = false;
  write();
  schedule();
}

void connection_state::write() {
  write_out();
  if (choked_ && !over_memory()) {
    choked_ = false;
    hub_->loop.again(watch_);
  }
  account_memory();
  if (transport_ && transport_->full())
    hub_->loop.watch_writing(watch_);
}

void connection_state::write_out() {
  if (phase_ == phase::ended || handshaking() || judging_)
    return;
  if (change_agreed() && !peer_is_silent())
    return;
  ask_with_last_stanza();
  if (management_ && phase_ == phase::open && writable_)
    if (auto answer = management_->take_answer(); !answer.empty())
      outbox_->push_ahead(std::move(answer));
  if (writable_ && !outbox_->empty()) {
    size_t written = 0;
    auto status =
      outbox_->flush(*transport_, write_octets, written, phase_ == phase::closing && !holds());
    if (written > 0)
      outbox_->written(last_sent_ = last_progress_ = now());
    if (drain_ != drain_stage::running)
      outbox_->hurry(now());
    count_octets();
    note_written();
    if (status == io_status::would_block) {
      writable_ = false;
    } else if (status != io_status::ok) {
      if (phase_ == phase::open) {
        cut_ = true;
        begin_closing(role_->cut(transport_->last_error()));
      }
      return end();
    } else if (!outbox_->empty() && !outbox_->blocked()) {
      if (!std::exchange(flush_asked_, true))
        self_->send(self_, flush_atom_v);
    }
  }
  outbox_->publish();
  if (kept_waiting())
    outbox_->condense(now());
  if (!outbox_->empty())
    return;
  if (patient_ && writable_) {
    patient_ = false;
    watch_over();
  }
  if (layer_ != layer_change::none)
    return change_layer();
  if (phase_ == phase::closing) {
    // After both footers nothing more comes (RFC 6120 §4.4). In clear, closing is all that there is
    // to do then; with octets unread it would be a reset.
    const bool over = peer_ended_ || other_protocol_ || (peer_closed_ && transport_->drained());
    const bool at_once = over && !transport_->tls();
    if (!at_once && !std::exchange(write_shut_, true))
      transport_->shutdown_write();
    give_back();
    if ((at_once || peer_ended_) && all_confirmed())
      end();
  }
}

void connection_state::change_layer() {
  if (layer_ == layer_change::restart_agreed) {
    layer_ = layer_change::none; // the look before has found nothing: news will tell of more
    return;
  }
  // A server has to wait for the first octet of the handshake. A client may have sent it by now.
  if (outgoing() && layer_ == layer_change::tls_agreed && !peer_is_silent())
    return;
  layer_ = layer_change::handshaking;
  {
    const auto counted = transport_->count_tls();
    transport_->start_tls(
      outgoing() ? tls_->connect(role_->tls_name(), role_->outgoing()->sender_name(), tls_start_)
                 : tls_->accept(role_->tls_name(), tls_start_));
  }
  drive_handshake();
}

bool connection_state::peer_is_silent() {
  char octet = 0;
  transport_->news(false); // so that the kernel is asked
  const auto result = transport_->read(&octet, 1);
  if (result.status == io_status::would_block)
    return true;
  if (result.status == io_status::ok)
    fail(stream_error::policy_violation, failure::stream_invalid,
         "octets before the end of the security layer");
  else
    on_peer_gone(result.status);
  if (phase_ != phase::ended)
    write(); // the last words
  return false;
}

void connection_state::drive_handshake() {
  turn_.charge(turn_budget::handshake);
  auto status = transport_->handshake();
  if (status == io_status::would_block) {
    if (reading_of(transport_->ssl()).interrupted() && !transport_->full())
      hub_->loop.again(watch_);
    return;
  }
  layer_ = layer_change::none;
  auto role = outgoing() ? tls_role::client : tls_role::server;
  if (status != io_status::ok) {
    hub_->metrics.tls_handshake_failures.at(role).Increment();
    auto detail = transport_->last_error().empty() ? std::string("the peer closed the connection")
                                                   : transport_->last_error();
    begin_closing({stream_error::none, failure::tls_failed, detail});
    return end();
  }
  auto session =
    SSL_session_reused(transport_->ssl()) == 1 ? tls_session::resumed : tls_session::fresh;
  hub_->metrics.tls_handshakes.at(role, version_of(transport_->ssl()), session).Increment();
  stream_share_.move_to(hub_->metrics.streams.at(leg_, stream_state::negotiating, stream_tls::tls));
  handshake_done();
}

void connection_state::count_octets() {
  if (!transport_)
    return;
  const auto news = transport_->take_octets();
  if (news.read != 0)
    hub_->metrics.octets_received.at(leg_).Increment(static_cast<double>(news.read));
  if (news.written != 0)
    hub_->metrics.octets_sent.at(leg_).Increment(static_cast<double>(news.written));
}

} // namespace fedhub
