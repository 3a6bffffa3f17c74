// The connection actor: input, item by item, and stanzas on their way to a router.
#include "actors/connection/connection_state.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/hub/reply.hpp"
#include "actors/log/log.hpp"
#include "actors/rules/connection_registry.hpp"
#include "actors/rules/open_pings.hpp"
#include "actors/stanzas/accounting.hpp"
#include "metrics/hub_metrics.hpp"
#include "protocol/stanza/faulty_stanza.hpp"
#include "protocol/text/jid.hpp"
#include "protocol/text/namespaces.hpp"
#include "protocol/text/xml_escape.hpp"

namespace fedhub {

namespace {

/// Returns an attribute's value with its references expanded; `room` stores the expanded text.
/// @param references false: the tag has no references.
std::string_view attribute_text(std::string_view raw, bool references, std::string& room) {
  if (!references)
    return raw;
  room = unescape(raw);
  return room;
}

/// Returns whether the octets may come from a peer that speaks XML, even if faulty XML.
bool begins_like_xml(std::string_view octets) {
  return octets.starts_with('<') || octets.starts_with("\xEF\xBB\xBF");
}

/// Returns whether `uri` is the content namespace of any kind of stream (RFC 6120 §4.8.2,
/// XEP-0114).
bool holds_stanzas(std::string_view uri) {
  return uri == ns::client || uri == ns::server || uri == ns::component_accept
         || uri == ns::component_connect;
}

/// Returns the fault of a stanza that is valid here but might end the stream that passes it on, and
/// so affect other senders.
stanza_fault fault_elsewhere(std::string_view text, const start_tag& tag,
                             const source_context& source) {
  switch (tag.obstacle) {
  case passage_obstacle::new_names:
    return {failure::new_names};
  case passage_obstacle::odd_namespace:
    return {failure::odd_namespace};
  case passage_obstacle::crowded:
  case passage_obstacle::too_deep:
  case passage_obstacle::too_many_elements:
  case passage_obstacle::too_many_attributes:
  case passage_obstacle::too_many_prefixes:
    return {failure::stanza_too_large, describe(tag.obstacle)};
  case passage_obstacle::none:
    break;
  }
  return {mixes_content_namespaces(text, tag, source) ? failure::mixed_namespaces : failure::none};
}

} // namespace

void connection_state::scan() {
  while (ending_.open() && !held() && !reading_.gate.is_shut(read_gate::late)) {
    if (reading_.turn.spent()) {
      reading_.unscanned = true;
      return;
    }
    auto item = reading_.scanner->next(input_->pending());
    auto text = input_->pending().substr(item.skip, item.length);
    if (item.status == scan_status::need_more) {
      input_->consume(item.skip);
      return;
    }
    if (!on_item(item, text))
      return;
    input_->consume(item.skip + item.length);
    // A header or a restart may have moved the rest to another chunk, so `pending` is called again.
  }
}

bool connection_state::on_item(const scan_result& item, std::string_view text) {
  switch (item.status) {
  case scan_status::header:
    on_header(text);
    return ending_.open();
  case scan_status::element:
    on_element(text);
    return ending_.open() && !security_.layer.changing() && !reading_.gate.is_shut(read_gate::late)
           && !reading_.gate.is_shut(read_gate::form);
  case scan_status::stream_end:
    ending_.peer_is(stream_ending::peer_side::footer);
    flush_batch();
    push_final_count();
    run(role_.on_stream_end());
    return false;
  case scan_status::error:
    if (!facts_.header_seen && !begins_like_xml(input_->pending().substr(item.skip)))
      end_other_protocol(item);
    else
      fail(item.error, failure::stream_invalid, item.reason);
    return false;
  case scan_status::need_more:
    break;
  }
  return false;
}

/// Ends the connection of a peer that speaks another protocol (TLS, HTTP). Such a peer does not
/// wait for the end of an XML stream.
void connection_state::end_other_protocol(const scan_result& item) {
  ending_.peer_is(stream_ending::peer_side::no_xml);
  if (input_->pending().substr(item.skip).starts_with(tls_handshake_record))
    begin_closing({stream_error::none, failure::stream_invalid,
                   "a TLS handshake where the hub offers no direct TLS"});
  else
    fail(item.error, failure::stream_invalid, item.reason);
}

void connection_state::on_header(std::string_view text) {
  reading_.turn.charge(turn_budget::element);
  times_.use_received();
  facts_.header_octets = static_cast<uint32_t>(text.size());
  auto header = parse_stream_header(text, *reading_.scanner);
  bool first = !std::exchange(facts_.header_seen, true);
  facts_.peer_xmpp_1 = header.xmpp_1();
  bool refused = false;
  if (first && facts_.leg == stream_leg::node_component && header.content_namespace == ns::server) {
    // Components and s2s nodes share a listener; the namespace distinguishes them.
    facts_.leg = stream_leg::node_s2s_in;
    role_ = make_node_incoming_role(*hub_, peer_);
    outbox_->content_namespace(role_.content_namespace());
    reported_.stream.move_to(
      hub_->metrics.streams.at(facts_.leg, stream_state::negotiating, stream_tls::plain));
    hub_->connections.add(id_, connection_actor{self_}, false);
    report_stream();
    refused = !trusted_node_address(*settings_, peer_);
  }
  if (auto out = stream_log("headers"); out.should_log(spdlog::level::debug))
    out.debug("{} received header from='{}' to='{}' id='{}' version={}", label(),
              fact::from(header.from), fact::to(header.to), fact::header_id(header.id),
              fact::version(fmt::format("{}.{}", header.version_major, header.version_minor)));
  if (first && !worldly() && !outgoing())
    hub_->metrics.streams_opened.at(facts_.leg).Increment();
  input_->source(caf::make_counted<stanza_source>(
    source_context{header.bindings, header.content_namespace, header.lang},
    direction_of(facts_.leg), reading_.credit));
  if (refused)
    return refuse_node(stream_error::not_authorized, header.from,
                       "no node is trusted at the address " + peer_.ip());
  if (const auto hint = facts_.leg == stream_leg::s2s_in && first
                          ? misled_node(*settings_, peer_, header.from)
                          : std::string{};
      !hint.empty())
    return refuse_node(stream_error::policy_violation, header.from, hint);
  if (auto from = domain_name::parse(header.from);
      from && facts_.leg == stream_leg::s2s_in && identity_->wants_dane(*from)) {
    dane().header = std::move(header);
    dane().asker = asker();
    return ask_dns(*from);
  }
  run(role_.on_header(header));
}

void connection_state::on_element(std::string_view text) {
  auto& tag = reading_.scanner->tag();
  auto kind = parse_stanza_kind(tag.name.of(text));
  const auto uri = reading_.scanner->namespace_uri();
  if (kind == stanza_kind::none || uri != peer_context().content_namespace) {
    if (kind != stanza_kind::none && holds_stanzas(uri)) {
      reading_.turn.charge(turn_budget::stanza);
      return take_faulty(text, kind, {failure::wrong_namespace, uri});
    }
    reading_.turn.charge(turn_budget::element);
    flush_batch();
    const bool excess = past_limits(tag.obstacle);
    if (!excess && take_management(text))
      return;
    times_.use_received();
    if (excess)
      return run(role_.on_excess({tag.name.of(text), uri, tag.obstacle}));
    const bool followed =
      text.data() + text.size() != input_->pending().data() + input_->pending().size();
    run(role_.on_element({text, peer_context().bindings, followed}));
    if (over_memory())
      reading_.turn.end();
    return;
  }
  // The stanza stays in the input, unless acknowledgements may follow it.
  if (ending_.stage() == drain_stage::quiet && reading_.late && !(management_ && management_->on()))
    reading_.gate.shut(read_gate::late);
  else
    take_stanza(text, kind);
}

void connection_state::take_stanza(std::string_view text, stanza_kind kind) {
  reading_.turn.charge(turn_budget::stanza);
  const auto& tag = reading_.scanner->tag();
  if (past_limits(tag.obstacle))
    take_faulty(text, kind, fault_elsewhere(text, tag, peer_context()));
  else if (tag.from || facts_.leg != stream_leg::node_component)
    take_stanza(text, tag, kind, nullptr);
  else
    take_without_from(text, kind);
}

/// Takes one stanza. @param own the chunk that holds `text`; null: `text` is part of the input.
void connection_state::take_stanza(std::string_view text, const start_tag& tag, stanza_kind kind,
                                   const chunk_ptr* own) {
  std::string to_expanded;
  std::string from_expanded;
  auto to = attribute_text(tag.to.of(text), tag.references, to_expanded);
  auto from = attribute_text(tag.from.of(text), tag.references, from_expanded);
  auto* source = input_->source().get();
  auto from_parts = split_jid(from);
  auto to_parts = split_jid(to);
  auto* from_domain = from_parts ? source->intern(from_parts->domain) : nullptr;
  auto* to_domain = to_parts ? source->intern(to_parts->domain) : nullptr;
  if (from_domain == nullptr || to_domain == nullptr)
    return take_faulty(text, kind, {failure::bad_address, from_domain == nullptr ? "from" : "to"});
  const auto error = take_pair(from_domain, to_domain);
  if (reading_.gate.is_shut(read_gate::form))
    return;
  if (error != stream_error::none
      && !(unescape(tag.type.of(text)) == "error"
           && takes_answer(from_domain->name, to_domain->name)))
    return end_over_stanza(error, "a stanza from " + from_domain->name.str()
                                    + ", for which this stream is not authorised");
  if (ping_ && ping_->answer_due() && kind == stanza_kind::iq && from == from_parts->domain
      && to == to_parts->domain && take_pong(text, {from_domain->name, to_domain->name}))
    return;
  if (kind == stanza_kind::iq && !hub_->pings.none() && from == from_parts->domain
      && to == to_parts->domain && pass_on_pong(text, {from_domain->name, to_domain->name}))
    return;
  times_.use_received();

  stanza& stanza = gathered_.add(kind, hub_->account);
  stanza.buffer = own != nullptr ? *own : input_->cut(text.size());
  stanza.data = text.data();
  stanza.size = static_cast<uint32_t>(text.size());
  stanza.kind = kind;
  stanza.tag = tag_digest{tag};
  stanza.from = from_domain;
  stanza.to = to_domain;
  stanza.since = times_.read_at();
  const auto refused = too_late() ? stanza_fault{failure::shutting_down}
                                  : fault_elsewhere(text, tag, source->context());
  if (refused.why != failure::none) {
    reply_batch{*self_, *hub_, id_}.reject(stanza, refused.why, refused.detail);
    return gathered_.drop_last();
  }
  if (gathered_.full())
    flush_batch();
}

/// Returns whether the peer may answer a stanza from `to` to `from` on the stream that carried the
/// stanza. The hub sent it there because it took the peer for the server of `from`.
bool connection_state::takes_answer(const domain_name& from, const domain_name& to) const {
  const auto* own = role_.outgoing();
  return own != nullptr && own->may_answer(from, to) && (!worldly() || identity_->acceptable(from));
}

void connection_state::flush_batch() {
  input_->commit();
  const auto handled = gathered_.take_accepted([this](stanza_kind kind, uint16_t count) {
    hub_->metrics.stanzas_accepted.at(direction_of(facts_.leg), kind).Increment(count);
  });
  input_->stanzas().in += handled;
  if (management_ && handled != 0)
    management_->handled(handled, now());
  auto batch = gathered_.take();
  if (!batch)
    return;
  if (log(stanza_module_in()).should_log(spdlog::level::debug))
    peer_log{stanza_module_in(), "stanzas received", origin()}.debug(
      "{} {} stanzas received", label(), fact::stanzas(batch->stanzas.size()));
  self_->send(hub_->router_for(id_), route_atom_v, std::move(batch));
}

} // namespace fedhub
