// The connection actor: its behaviour, its start and its turns of reading.
#include "actors/connection/connection_state.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/hub/settings.hpp"
#include "actors/log/log.hpp"
#include "actors/net/address_group.hpp"
#include "actors/rules/admission.hpp"
#include "actors/rules/connection_registry.hpp"
#include "actors/rules/node_claims.hpp"
#include "actors/runtime/network_loop.hpp"
#include "actors/stanzas/accounting.hpp"
#include "metrics/hub_metrics.hpp"

namespace fedhub {

namespace {

connection_actor::behavior_type
connection(connection_actor::stateful_pointer<connection_state> self, hub_ptr hub,
           const std::shared_ptr<connection_seed>& seed) {
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
    [=](forget_atom, const domain_pair& x) { self->state.on_forget(x); },
    [=](verify_atom, const verification_ptr& x) { self->state.on_verify(*x); },
    [=](adopt_atom, const adoption_ptr& x) { return self->state.on_adopt(*x); },
    [=](release_atom) { self->state.on_release(); },
    [=](settled_atom) { self->state.on_settled(); },
    [=](pong_atom) { self->state.on_pong(); },
    [=](drain_atom, drain_stage stage) {
      self->state.on_drain(stage);
      return drain_atom_v;
    },
    [=](reload_atom, const reload_round_ptr& x) { self->state.on_reload(*x); },
    [=](sweep_atom, const reload_round_ptr&) { self->state.on_sweep(); },
    [=](describe_atom) { return self->state.on_describe(); },
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
  if (transport_ && outbox_)
    outbox_->confirm(*transport_, {}); // the rest is lost
  close_session();
  forget_ping();
  if (facts_.leg == stream_leg::node_component && role_)
    hub_->claims.gone(role_.peer_name(), id_);
  hub_->admission.awaited.ended(id_);
  pause(false);
  hub_->connections.remove(id_);
  if (!ending_.ended())
    report_end();
  forget_memory();
  hub_->loop.remove(watch_);
}

void connection_state::start(hub_ptr its_hub, connection_seed& seed) {
  hub_ = std::move(its_hub);
  id_ = hub_->next_id();
  facts_.leg = seed.leg;
  // Register before reading the settings. Then a reload in between either shows in the settings or
  // is sent to this actor.
  hub_->connections.add(id_, connection_actor{self_}, facts_.leg == stream_leg::node_component);
  settings_ = hub_->current();
  security_.tls = settings_->tls;
  peer_ = seed.peer;
  ticket_ = std::move(seed.ticket);
  owner_ = seed.owner;
  facts_.provoked = seed.provoked;
  if (owner_)
    ending_.bind();
  times_.begin(now());
  ending_.start(now());
  auto& config = settings_->config;
  auto& metrics = hub_->metrics;
  if (facts_.leg != stream_leg::node_component) // may be a server's stream; the header decides
    metrics.streams_opened.at(facts_.leg).Increment();
  reported_.stream =
    gauge_share{metrics.streams.at(facts_.leg, stream_state::negotiating, stream_tls::plain), 1};
  reported_.actor = gauge_share{metrics.actors.at(actor_kind::connection), 1};
  transport_ = std::make_unique<transport>(std::move(seed.fd));
  transport_->confirmable(watch_over());
  if (hub_->draining) {
    ending_.hub_stops(drain_stage::quiet);
    transport_->mark();
  }
  reading_.scanner.emplace(scan_limits(false));
  reading_.credit = std::make_shared<flow_credit>(
    static_cast<int64_t>(config.limits.inflight_bytes_per_stream),
    [aut = connection_actor{self_}] { caf::anon_send(aut, resume_atom_v); });
  input_ = std::make_unique<input_buffer>(
    caf::make_counted<stanza_source>(source_context{}, direction_of(facts_.leg), reading_.credit));
  writing_.limits = std::make_unique<queue_account>(
    static_cast<int64_t>(config.limits.queue_bytes_per_domain),
    static_cast<int64_t>(config.limits.queue_stanzas_per_domain), hub_->account);
  identity_.emplace(*hub_, facts_.leg);
  if (seed.endpoint) {
    dane().endpoints = {*seed.endpoint};
    dane().asker = seed.asker;
  }
  switch (facts_.leg) {
  case stream_leg::s2s_in:
    role_ = make_incoming_role(*hub_, *identity_, seed.direct_tls);
    break;
  case stream_leg::node_component:
  case stream_leg::node_s2s_in:
    role_ = std::make_unique<component_role>(*hub_);
    break;
  case stream_leg::s2s_out:
  case stream_leg::node_s2s_out:
    role_ = make_outgoing_role(*hub_, *seed.outgoing, facts_.leg == stream_leg::node_s2s_out,
                               std::move(seed.former));
    break;
  }
  outbox_ = std::make_unique<outbox>(role_.content_namespace(), *writing_.limits);
  if (seed.outgoing && seed.outgoing->target.is_in_ascii())
    outbox_->target(seed.outgoing->target);
  if (auto out = stream_log("connections"); out.should_log(spdlog::level::info))
    out.info("{} connection with {}", label(), peer_.str());
  watch_ =
    hub_->loop.add(transport_->fd(), ready_sink_actor{connection_actor{self_}}, interest::reading);
  if (!watch_) {
    begin_closing(
      {stream_error::none, failure::stream_closed, "the network loop accepts no more sockets"});
    return end();
  }
  report_stream(seed.outgoing && worldly() ? seed.outgoing->target : domain_name{});
  watch_->source(worldly() ? std::hash<address_group>{}(address_group{peer_}) : id_);
  wait_in_line();
  if (ticket_)
    ticket_->may_give_way([aut = connection_actor{self_}] {
      static const auto why = std::make_shared<const link_end>(
        link_end{stream_error::resource_constraint, failure::memory_full,
                 "too many connections; this address has the most"});
      caf::anon_send(aut, close_atom_v, why);
    });
  if (seed.direct_tls)
    security_.layer.begin_direct_tls();
  else if (auto* own = role_.outgoing())
    run(own->start());
  write();
  schedule();
}

// ---- reading -----------------------------------------------------------------------------------

void connection_state::on_ready() {
  if (ending_.ended() || !watch_)
    return maybe_quit();
  auto news = watch_->take();
  // OpenSSL may have refused to write because it has read only a part of a session ticket. Then
  // input, and not room in the socket, lets it write again.
  if (has(news, readiness::writable) || !transport_->full())
    writing_.writable = true;
  if (has(news, readiness::readable))
    transport_->news(has(news, readiness::hangup));
  if (has(news, readiness::hangup) && failed_unread())
    return schedule();
  bool silent = reading_.untouched && facts_.leg == stream_leg::s2s_in && !security_.layer.direct()
                && !recognise_direct_tls();
  if (security_.layer.handshaking())
    drive_handshake();
  if (!silent && !held() && !ending_.ended())
    read_turn();
  write();
  schedule();
}

xml_limits connection_state::scan_limits(bool authenticated) const {
  auto& limits = settings_->config.limits;
  return {.element_bytes =
            authenticated ? limits.stanza_bytes : limits.unauthenticated_stanza_bytes,
          .depth = static_cast<uint32_t>(limits.stanza_depth),
          .elements = static_cast<uint32_t>(limits.stanza_elements),
          .frames_excess = authenticated};
}

void connection_state::pause(bool waits) {
  const bool changed =
    waits ? reading_.gate.shut(read_gate::credit) : reading_.gate.lift(read_gate::credit);
  if (changed)
    hub_->metrics.paused.at(facts_.leg).Increment(waits ? 1 : -1);
}

void connection_state::on_resume() {
  pause(false);
  if (ending_.open() && !held()) {
    read_turn();
    write();
    schedule();
  }
}

void connection_state::on_peer_gone(io_status how) {
  ending_.peer_is(stream_ending::peer_side::gone);
  if (ending_.open()) {
    // The stream was cut without its end tag. Stanzas that were framed stay valid; a partial one is
    // discarded.
    auto detail = how == io_status::end ? std::string("the peer closed the connection")
                                        : transport_->last_error();
    ending_.cut();
    begin_closing(role_.cut(detail));
  }
  if (how == io_status::error || ((ending_.writing_shut() || outbox_->empty()) && all_confirmed()))
    end();
}

void connection_state::read_turn() {
  size_t octets = 0;
  bool drained = false;
  reading_.turn.begin(facts_.authenticated ? turn_budget::proved : turn_budget::unproved);
  if (over_memory())
    reading_.turn.end();
  if (reading_.unscanned && ending_.open() && !reading_.gate.is_shut(read_gate::credit) && !held()
      && !reading_.turn.spent()) {
    reading_.unscanned = false;
    scan_on(0);
  }
  if (input_->source()->full())
    input_->source(caf::make_counted<stanza_source>(input_->source()->context(),
                                                    direction_of(facts_.leg), reading_.credit));
  while (!ending_.ended() && reading_.gate.permits_reading() && !held() && !ending_.peer_gone()) {
    if (reading_.turn.spent()) {
      if (over_memory()) {
        reading_.gate.shut(read_gate::answers);
      } else {
        reading_.gate.lift(read_gate::answers);
        hub_->loop.again(watch_);
      }
      break;
    }
    reading_.late = transport_->past_mark();
    auto [to, room] = input_->room();
    auto result = transport_->read(to, room);
    if (result.status == io_status::would_block) {
      drained = true;
      break;
    }
    if (result.status != io_status::ok) {
      on_peer_gone(result.status);
      break;
    }
    octets += result.bytes;
    reading_.turn.charge(result.bytes);
    reading_.untouched = false;
    times_.octets_read(now());
    if (ending_.closing() && !holds())
      continue; // now only the peer's end matters
    input_->filled(result.bytes);
    if (ending_.closing()) {
      scan_acknowledgements();
      give_back();
      continue;
    }
    scan_on(octets);
    if (ending_.ended())
      break; // ended by the input, or by the handshake that the input began: the transport is gone
  }
  flush_batch();
  if (drained && !ending_.ended()) {
    input_->shrink(octets);
    if (octets < input_buffer::small_chunk)
      reading_.scanner->free_memory();
  }
  count_octets();
  wait_in_line();
}

/// Scans the pending input and handles each item. Pauses reading if the credit is used up.
/// @param octets read in this turn.
void connection_state::scan_on(size_t octets) {
  scan();
  input_->commit();
  if (reading_.credit->exhausted() && ending_.open()) {
    flush_batch();
    input_->shrink(octets);
    if (reading_.credit->pause()) {
      pause(true);
      hub_->metrics.pauses.at(facts_.leg).Increment();
    }
  }
}

/// Sets the class of the next turn, which decides whether it waits for other connections' turns.
void connection_state::wait_in_line() {
  if (!watch_)
    return;
  watch_->urgency(!facts_.authenticated       ? turn_class::unproved
                  : reading_.turn.was_small() ? turn_class::prompt
                                              : turn_class::busy);
}

} // namespace fedhub
