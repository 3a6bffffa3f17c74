// The connection actor: its behaviour, reading and scanning.
#include "actors/connection_state.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/log.hpp"
#include "actors/reply.hpp"
#include "protocol/jid.hpp"

namespace fedhub {

namespace {

/// Octets read in one turn before others get theirs.
constexpr size_t turn_octets = 262144;
/// Stanzas that go to the router in one message.
constexpr size_t batch_stanzas = 2048;

xml_limits limits_of(const conf::limits_config& x, bool authenticated) {
  return {authenticated ? x.stanza_bytes : x.unauthenticated_stanza_bytes, x.stanza_depth,
          x.stanza_elements};
}

/// The domainpart of an address that need not be well-formed otherwise.
std::string_view domain_part(std::string_view address) {
  address = address.substr(0, address.find('/'));
  auto at = address.find('@');
  return at == address.npos ? address : address.substr(at + 1);
}

/// An attribute's value with its references expanded, in `room`.
/// @param references false: the tag has none.
std::string_view attribute_text(std::string_view raw, bool references, std::string& room) {
  if (!references)
    return raw;
  room = unescape(raw);
  return room;
}

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
  session_ = std::move(seed.former);
  released_ = !owner_;
  started_ = read_at_ = last_received_ = last_sent_ = last_sent_payload_ = last_progress_ = now();
  auto& config = settings_->config;
  auto& metrics = hub_->metrics;
  metrics.streams_opened.at(leg_).Increment();
  stream_share_ =
    gauge_share{metrics.streams.at(leg_, stream_state::negotiating, stream_tls::plain), 1};
  actor_share_ = gauge_share{metrics.actors.at(actor_kind::connection), 1};
  paused_share_ = gauge_share{metrics.paused.at(leg_)};
  transport_ = std::make_unique<transport>(std::move(seed.fd));
  scanner_.emplace(limits_of(config.limits, false));
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
    endpoints_ = {*seed.endpoint};
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
  if (stream_log().should_log(spdlog::level::info))
    stream_log().info("{} connection with {}", label(), peer_.str());
  hub_->connections.add(id_, connection_actor{self_}, leg_ == stream_leg::node_component);
  watch_ = hub_->loop.add(transport_->fd(), ready_sink_actor{connection_actor{self_}});
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
  if (has(news, readiness::writable))
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

void connection_state::on_resume() {
  paused_ = false;
  paused_share_.set(0);
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
        paused_ = true;
        paused_share_.set(1);
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

void connection_state::scan() {
  while (phase_ == phase::open && !tls_wanted_ && !held()) {
    auto item = scanner_->next(input_->pending());
    auto text = input_->pending().substr(item.skip, item.length);
    if (item.status == scan_status::need_more) {
      input_->consume(item.skip);
      return;
    }
    if (!on_item(item, text))
      return;
    input_->consume(item.skip + item.length);
    // A header or a restart may have put the rest into another chunk; `pending` knows.
  }
}

bool connection_state::on_item(const scan_result& item, std::string_view text) {
  switch (item.status) {
  case scan_status::header:
    on_header(text);
    return phase_ == phase::open;
  case scan_status::element:
    on_element(text);
    return phase_ == phase::open && !tls_wanted_;
  case scan_status::stream_end:
    flush_batch();
    say_last_words();
    run(role_->on_stream_end());
    return false;
  case scan_status::error:
    fail(item.error, failure::stream_invalid, item.reason);
    return false;
  case scan_status::need_more:
    break;
  }
  return false;
}

void connection_state::on_header(std::string_view text) {
  last_received_ = read_at_;
  auto header = parse_stream_header(text, *scanner_);
  bool first = !std::exchange(header_seen_, true);
  peer_xmpp_1_ = header.xmpp_1();
  stream_log().debug("{} received header from='{}' to='{}' id='{}' version={}.{}", label(),
                     header.from, header.to, header.id, header.version_major, header.version_minor);
  bool refused = false;
  if (first && leg_ == stream_leg::node_component && header.content_namespace == ns::server) {
    // Components and s2s nodes share a listener; the namespace tells them apart.
    leg_ = stream_leg::node_s2s_in;
    role_ = make_node_incoming_role(*hub_, peer_);
    outbox_->content_namespace(role_->content_namespace());
    stream_share_.move_to(
      hub_->metrics.streams.at(leg_, stream_state::negotiating, stream_tls::plain));
    paused_share_ = gauge_share{hub_->metrics.paused.at(leg_)};
    hub_->connections.add(id_, connection_actor{self_}, false);
    refused = !trusted_node_address(*settings_, peer_);
  }
  input_->source(caf::make_counted<stanza_source>(
    source_context{header.bindings, header.content_namespace, header.lang}, direction_of(leg_),
    credit_));
  if (refused)
    return fail(stream_error::not_authorized, failure::domain_denied,
                "no node is trusted at this address");
  if (auto from = domain_name::parse(header.from);
      from && leg_ == stream_leg::s2s_in && identity_->wants_dane(*from)) {
    held_header_ = std::make_unique<stream_header>(std::move(header));
    return ask_dns(*from);
  }
  run(role_->on_header(header));
}

void connection_state::on_element(std::string_view text) {
  auto& tag = scanner_->tag();
  auto kind = parse_stanza_kind(tag.name.of(text));
  if (kind == stanza_kind::none || scanner_->namespace_uri() != peer_context().content_namespace) {
    flush_batch();
    if (take_management(text))
      return;
    last_received_ = read_at_;
    run(role_->on_element({text, peer_context().bindings}));
    return;
  }
  take_stanza(text, kind);
}

void connection_state::take_stanza(std::string_view text, stanza_kind kind) {
  auto& tag = scanner_->tag();
  if (!tag.to || !tag.from)
    return fail(stream_error::improper_addressing, failure::stream_invalid,
                tag.to ? "a stanza without a from address" : "a stanza without a to address");
  std::string to_expanded;
  std::string from_expanded;
  auto to = attribute_text(tag.to.of(text), tag.references, to_expanded);
  auto from = attribute_text(tag.from.of(text), tag.references, from_expanded);
  auto* source = input_->source().get();
  auto from_parts = split_jid(from);
  auto to_parts = split_jid(to);
  auto* from_domain = from_parts ? source->intern(from_parts->domain) : nullptr;
  auto* to_domain = source->intern(to_parts ? to_parts->domain : domain_part(to));
  if (from_domain == nullptr)
    return fail(stream_error::improper_addressing, failure::stream_invalid,
                "the from address of a stanza is no JID");
  if (to_domain == nullptr && !role_->forgives_bad_addresses())
    return fail(stream_error::improper_addressing, failure::stream_invalid,
                "the to address of a stanza holds no domain");
  static const domain_name no_domain;
  if (auto error =
        role_->take(from_domain->name, to_domain != nullptr ? to_domain->name : no_domain);
      error != stream_error::none)
    return fail(error, failure::stream_invalid,
                "a stanza from " + from_domain->name.str()
                  + " that this stream does not speak for");
  if (ping_ && ping_->answer_due() && kind == stanza_kind::iq && from == from_parts->domain
      && to_parts && to == to_parts->domain
      && take_pong(text, {from_domain->name, to_domain->name}))
    return;
  last_received_ = read_at_;

  if (!batch_) {
    batch_ = std::make_shared<stanza_batch>(hub_->account);
    batch_->stanzas.reserve(last_batch_);
  }
  stanza& x = batch_->stanzas.emplace_back();
  x.buffer = input_->cut(text.size());
  x.data = text.data();
  x.size = static_cast<uint32_t>(text.size());
  x.kind = kind;
  x.tag = tag_digest{tag};
  x.from = from_domain;
  x.to = to_domain;
  x.since = read_at_;
  accepted_[static_cast<size_t>(kind)] += 1;
  if (to_domain == nullptr || !to_parts) {
    reply_batch{*self_, *hub_, id_}.reject(x, failure::bad_address);
    batch_->stanzas.pop_back();
    if (batch_->stanzas.empty())
      batch_.reset();
    return;
  }
  if (batch_->stanzas.size() >= batch_stanzas)
    flush_batch();
}

void connection_state::flush_batch() {
  input_->commit();
  uint64_t handled = 0;
  for (size_t i = 0; i < accepted_.size(); ++i)
    if (accepted_[i] != 0) {
      handled += accepted_[i];
      hub_->metrics.stanzas_accepted.at(direction_of(leg_), static_cast<stanza_kind>(i))
        .Increment(static_cast<double>(accepted_[i]));
      accepted_[i] = 0;
    }
  if (management_ && handled != 0)
    management_->handled(static_cast<uint32_t>(handled), now());
  if (!batch_)
    return;
  if (stanza_log_in().should_log(spdlog::level::debug))
    stanza_log_in().debug("{} {} stanzas received", label(), batch_->stanzas.size());
  // A turn's last batch is often a small one, and the next no smaller than the others.
  last_batch_ = std::max(batch_->stanzas.size(), last_batch_ / 2);
  self_->send(hub_->router_for(id_), route_atom_v, std::move(batch_));
  batch_.reset();
}

} // namespace fedhub
