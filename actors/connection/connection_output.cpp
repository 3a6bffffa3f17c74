// The connection actor: writing, and the TLS handshake.
#include "actors/connection/connection_state.hpp"

#include <utility>

#include "actors/net/tls_reading.hpp"

namespace fedhub {

namespace {

/// Octets written in one go before others get their turn.
constexpr size_t write_octets = 1048576;

tls_version version_of(const SSL* x) {
  return SSL_version(x) == TLS1_3_VERSION ? tls_version::tls_1_3 : tls_version::tls_1_2;
}

} // namespace

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
    transport_->start_tls(outgoing()
                            ? tls_->connect(role_->tls_name(), role_->sender_name(), tls_start_)
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
