// The connection actor: delivered stanzas, writing, and the TLS handshake.
#include "actors/connection/connection_state.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/hub/reply.hpp"
#include "actors/net/tls_reading.hpp"
#include "actors/runtime/network_loop.hpp"
#include "metrics/hub_metrics.hpp"

namespace fedhub {

namespace {

/// The most octets written in one turn.
constexpr size_t write_octets = 1048576;

tls_version version_of(const SSL* x) {
  return SSL_version(x) == TLS1_3_VERSION ? tls_version::tls_1_3 : tls_version::tls_1_2;
}

/// The most octets that a start tag can gain: by two addresses in normal form (3,071 octets each,
/// escaped again), and by up to 512 declarations of a longer content namespace.
constexpr size_t most_gained = 48 << 10;

} // namespace

/// Returns the limit, in octets, that `stanza` as written here would exceed; 0 if none.
size_t connection_state::exceeded_limit(const stanza& stanza) const {
  // A peer that states no limit, as nearly all do, is assumed to have the hub's own.
  const auto limit = std::min<size_t>(facts_.peer_limit, settings_->config.limits.stanza_bytes);
  if (stanza.size + most_gained + stanza.source().context().most_declared <= limit
      || (stanza.size <= limit && outbox_->octets_to_write(stanza) <= limit))
    return 0;
  return limit;
}

void connection_state::on_deliver(stanza_batch& batch) {
  if (!ending_.open()) {
    for (auto& stanza : batch.stanzas)
      undelivered_.add(std::move(stanza));
    batch.stanzas.clear();
    return;
  }
  const bool given_up = ending_.stage() == drain_stage::give_up;
  times_.payload_queued(now(), outbox_->empty());
  if (log(stanza_module_out()).should_log(spdlog::level::debug))
    peer_log{stanza_module_out(), "stanzas to send", origin()}.debug(
      "{} {} stanzas to send", label(), fact::stanzas(batch.stanzas.size()));
  reply_batch replies{*self_, *hub_, id_};
  outbox_->expect(batch.stanzas.size());
  const auto before = outbox_->size();
  for (auto& stanza : batch.stanzas) {
    if (given_up && !stanza.generated)
      replies.reject(stanza, failure::shutting_down);
    else if (const auto limit = exceeded_limit(stanza); limit != 0)
      replies.reject(stanza, failure::stanza_too_large,
                     "the destination accepts at most " + std::to_string(limit) + " octets");
    else if (auto why = outbox_->push(stanza); why != failure::none)
      reject_full(replies, stanza, why);
  }
  input_->stanzas().out += outbox_->size() - before;
  batch.stanzas.clear();
  // Deferred, so that the other messages in the mailbox share the system call.
  if (!std::exchange(writing_.flush_asked, true))
    self_->send(self_, flush_atom_v);
}

void connection_state::reject_full(reply_batch& replies, stanza& stanza, failure why) {
  constexpr std::string_view detail = "the destination does not keep up";
  stream_log("full queues").warn("{} {}", label(), explained{why, detail});
  replies.reject(stanza, why, detail);
}

void connection_state::on_flush() {
  writing_.flush_asked = false;
  write();
  schedule();
}

void connection_state::write() {
  write_out();
  if (reading_.gate.is_shut(read_gate::answers) && !over_memory()) {
    reading_.gate.lift(read_gate::answers);
    hub_->loop.again(watch_);
  }
  account_memory();
  if (transport_ && transport_->full())
    hub_->loop.watch_writing(watch_);
}

void connection_state::write_out() {
  if (ending_.ended() || security_.layer.handshaking() || security_.layer.judging())
    return;
  if (security_.layer.agreed() && !peer_is_silent())
    return;
  ask_with_last_stanza();
  if (management_ && ending_.open() && writing_.writable)
    if (auto answer = management_->take_answer(); !answer.empty())
      outbox_->push_ahead(std::move(answer));
  if (writing_.writable && !outbox_->empty()) {
    size_t written = 0;
    auto status = outbox_->flush(*transport_, write_octets, written, ending_.closing() && !holds());
    if (written > 0) {
      const auto t = now();
      times_.octets_written(t);
      outbox_->written(t);
    }
    if (ending_.stage() != drain_stage::running)
      outbox_->hurry(now());
    count_octets();
    note_written();
    if (status == io_status::would_block) {
      writing_.writable = false;
    } else if (status != io_status::ok) {
      if (ending_.open()) {
        ending_.cut();
        begin_closing(role_.cut(transport_->last_error()));
      }
      return end();
    } else if (!outbox_->empty() && !outbox_->blocked()) {
      if (!std::exchange(writing_.flush_asked, true))
        self_->send(self_, flush_atom_v);
    }
  }
  outbox_->publish();
  if (kept_waiting())
    outbox_->condense(now());
  if (!outbox_->empty())
    return;
  if (writing_.patient && writing_.writable) {
    writing_.patient = false;
    watch_over();
  }
  if (security_.layer.changing())
    return change_layer();
  if (ending_.closing()) {
    // After both footers nothing more comes (RFC 6120 §4.4). Without TLS the socket can then be
    // closed at once. With unread octets closing would reset the connection.
    const bool at_once = !transport_->tls() && ending_.peer_over(!transport_->drained());
    if (!at_once && ending_.shut_writing())
      transport_->shutdown_write();
    give_back();
    if ((at_once || ending_.peer_gone()) && all_confirmed())
      end();
  }
}

void connection_state::change_layer() {
  // A TLS server must not send before the client's first octet. A client may have sent it by now.
  if (outgoing() && security_.layer.state() == security_layer::phase::tls_agreed
      && !peer_is_silent())
    return;
  if (!security_.layer.written_out())
    return; // the read before found nothing; new input raises a readiness event
  {
    const auto counted = transport_->count_tls();
    transport_->start_tls(
      outgoing() ? security_.tls->connect(role_.tls_name(), role_.outgoing()->sender_name(),
                                          security_.layer.start())
                 : security_.tls->accept(role_.tls_name(), security_.layer.start()));
  }
  drive_handshake();
}

bool connection_state::peer_is_silent() {
  char octet = 0;
  transport_->news(false); // makes `read` ask the kernel
  const auto result = transport_->read(&octet, 1);
  if (result.status == io_status::would_block)
    return true;
  if (result.status == io_status::ok)
    fail(stream_error::policy_violation, failure::stream_invalid,
         "octets between the agreement on TLS and the handshake");
  else
    on_peer_gone(result.status);
  if (!ending_.ended())
    write(); // the stream error
  return false;
}

void connection_state::drive_handshake() {
  reading_.turn.charge(turn_budget::handshake);
  auto status = transport_->handshake();
  if (status == io_status::would_block) {
    if (reading_of(transport_->ssl()).interrupted() && !transport_->full())
      hub_->loop.again(watch_);
    return;
  }
  security_.layer.handshake_over();
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
  reported_.stream.move_to(
    hub_->metrics.streams.at(facts_.leg, stream_state::negotiating, stream_tls::tls));
  begin_step(admin::attempt_step::features);
  handshake_done();
}

void connection_state::count_octets() {
  if (!transport_)
    return;
  const auto news = transport_->take_octets();
  if (news.read != 0)
    hub_->metrics.octets_received.at(facts_.leg).Increment(static_cast<double>(news.read));
  if (news.written != 0)
    hub_->metrics.octets_sent.at(facts_.leg).Increment(static_cast<double>(news.written));
}

} // namespace fedhub
