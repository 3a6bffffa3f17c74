// The connection actor: its behaviour, its begin and its turns of reading.
#include "actors/connection_state.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/log.hpp"

namespace fedhub {

namespace {

/// Octets read in one turn before others get theirs.
constexpr size_t turn_octets = 262144;

connection_actor::behavior_type
connection(connection_actor::stateful_pointer<connection_state> self, hub_ptr hub,
           std::shared_ptr<connection_seed> seed) {
  self->state.start(std::move(hub), *seed);
  return {
    [=](ready_atom, int) { self->state.on_ready(); },
    [=](deliver_atom, const stanza_batch_ptr& x) { self->state.on_deliver(*x); },
    [=](tick_atom) { self->state.on_tick(); },
    [=](flush_atom) { self->state.on_flush(); },
    [=](resume_atom) { self->state.on_resume(); },
    [=](close_atom, const link_end_ptr& x) { self->state.on_close(*x); },
    [=](verified_atom, const verification_ptr& x) { self->state.on_verified(*x); },
    [=](pair_atom, const domain_pair& x) { self->state.on_pair(x); },
    [=](verify_atom, const verification_ptr& x) { self->state.on_verify(*x); },
    [=](adopt_atom, const adoption_ptr& x) { return self->state.on_adopt(*x); },
    [=](release_atom) { self->state.on_release(); },
    [=](settled_atom) { self->state.on_settled(); },
    [=](reload_atom) { self->state.on_reload(); },
  };
}

} // namespace

connection_actor spawn_connection(caf::actor_system& system, hub_ptr hub, connection_seed seed) {
  return system.spawn(connection, std::move(hub),
                      std::make_shared<connection_seed>(std::move(seed)));
}

connection_state::~connection_state() {
  if (!hub_)
    return;
  close_session();
  pause(false);
  hub_->connections.remove(id_);
  hub_->loop.remove(watch_);
}

void connection_state::start(hub_ptr x, connection_seed& seed) {
  hub_ = std::move(x);
  settings_ = hub_->current();
  tls_ = settings_->tls;
  id_ = hub_->next_id();
  leg_ = seed.leg;
  peer_ = seed.peer;
  ticket_ = std::move(seed.ticket);
  owner_ = seed.owner;
  provoked_ = seed.provoked;
  session_ = std::move(seed.former);
  released_ = !owner_;
  started_ = read_at_ = last_received_ = last_sent_ = last_sent_payload_ = last_progress_ = now();
  auto& config = settings_->config;
  auto& metrics = hub_->metrics;
  metrics.streams_opened.at(leg_).Increment();
  stream_share_ =
    gauge_share{metrics.streams.at(leg_, stream_state::negotiating, stream_tls::plain), 1};
  actor_share_ = gauge_share{metrics.actors.at(actor_kind::connection), 1};
  transport_ = std::make_unique<transport>(std::move(seed.fd));
  scanner_.emplace(scan_limits(false));
  credit_ = std::make_shared<flow_credit>(
    static_cast<int64_t>(config.limits.inflight_bytes_per_stream),
    [aut = connection_actor{self_}] { caf::anon_send(aut, resume_atom_v); });
  input_ = std::make_unique<input_buffer>(
    caf::make_counted<stanza_source>(source_context{}, direction_of(leg_), credit_));
  limits_ = std::make_unique<queue_account>(
    static_cast<int64_t>(config.limits.queue_bytes_per_domain),
    static_cast<int64_t>(config.limits.queue_stanzas_per_domain), hub_->account);
  identity_.emplace(*hub_, leg_);
  if (seed.endpoint)
    dane().endpoints = {*seed.endpoint};
  if (seed.direct_tls)
    tls_start_ = tls_start::direct;
  switch (leg_) {
  case stream_leg::s2s_in:
    role_ = make_incoming_role(*hub_, *identity_, seed.direct_tls);
    break;
  case stream_leg::node_component:
  case stream_leg::node_s2s_in:
    role_ = make_component_role(*hub_);
    break;
  case stream_leg::s2s_out:
  case stream_leg::node_s2s_out:
    role_ = make_outgoing_role(*hub_, *seed.outgoing);
    break;
  }
  outbox_ = std::make_unique<outbox>(role_->content_namespace(), *limits_);
  if (auto out = stream_log("connections"); out.should_log(spdlog::level::info))
    out.info("{} connection with {}", label(), peer_.str());
  hub_->connections.add(id_, connection_actor{self_}, leg_ == stream_leg::node_component);
  watch_ =
    hub_->loop.add(transport_->fd(), ready_sink_actor{connection_actor{self_}}, interest::reading);
  if (!watch_) {
    begin_closing(
      {stream_error::none, failure::stream_closed, "the network loop takes no more sockets"});
    return end();
  }
  if (tls_start_ == tls_start::direct)
    begin_direct_tls();
  else
    run(role_->start());
  write();
  schedule();
}

// ---- reading -----------------------------------------------------------------------------------

void connection_state::on_ready() {
  if (phase_ == phase::ended || !watch_)
    return maybe_quit();
  auto news = watch_->take();
  // In the midst of a ticket of the peer's, OpenSSL writes nothing until it has read the rest.
  if (has(news, readiness::writable) || !transport_->full())
    writable_ = true;
  if (has(news, readiness::readable))
    transport_->news(has(news, readiness::hangup));
  bool silent = untouched_ && leg_ == stream_leg::s2s_in && tls_start_ == tls_start::starttls
                && !recognise_direct_tls();
  if (handshaking_)
    drive_handshake();
  if (!silent && !held() && phase_ != phase::ended)
    read_turn();
  write();
  schedule();
}

xml_limits connection_state::scan_limits(bool authenticated) const {
  auto& x = settings_->config.limits;
  return {authenticated ? x.stanza_bytes : x.unauthenticated_stanza_bytes,
          static_cast<uint32_t>(x.stanza_depth), static_cast<uint32_t>(x.stanza_elements)};
}

void connection_state::pause(bool x) {
  if (std::exchange(paused_, x) != x)
    hub_->metrics.paused.at(leg_).Increment(x ? 1 : -1);
}

void connection_state::on_resume() {
  pause(false);
  if (phase_ == phase::open && !held()) {
    read_turn();
    write();
    schedule();
  }
}

void connection_state::read_turn() {
  size_t octets = 0;
  bool drained = false;
  if (input_->source()->full())
    input_->source(
      caf::make_counted<stanza_source>(input_->source()->context(), direction_of(leg_), credit_));
  while (phase_ != phase::ended && !paused_ && !held() && !peer_ended_) {
    if (octets >= turn_octets) {
      self_->send(self_, ready_atom_v, transport_->fd());
      break;
    }
    auto [to, room] = input_->room();
    auto result = transport_->read(to, room);
    if (result.status == io_status::would_block) {
      drained = true;
      break;
    }
    if (result.status != io_status::ok) {
      peer_ended_ = true;
      if (phase_ == phase::open) {
        // A stream that is cut without its end tag: whatever was framed stays good, the rest is
        // not.
        auto detail = result.status == io_status::end
                        ? std::string("the peer closed the connection")
                        : transport_->last_error();
        cut_ = true;
        begin_closing({stream_error::none, failure::stream_closed, detail});
      }
      if (result.status == io_status::error || write_shut_ || outbox_->empty())
        end();
      break;
    }
    octets += result.bytes;
    untouched_ = false;
    read_at_ = now();
    if (phase_ == phase::closing && !holds())
      continue; // only the peer's end is of interest now
    input_->filled(result.bytes);
    if (phase_ == phase::closing) {
      scan_acknowledgements();
      give_back();
      continue;
    }
    scan();
    input_->commit();
    if (tls_wanted_)
      write();
    if (credit_->exhausted() && phase_ == phase::open) {
      flush_batch();
      input_->rest(octets);
      if (credit_->pause()) {
        pause(true);
        hub_->metrics.pauses.at(leg_).Increment();
      }
    }
    if (phase_ == phase::ended)
      break; // by what was read, or by the handshake that it began: the transport is gone
  }
  flush_batch();
  if (drained && phase_ != phase::ended) {
    input_->rest(octets);
    if (octets < input_buffer::small_chunk)
      scanner_->rest();
  }
  count_octets();
}

} // namespace fedhub
