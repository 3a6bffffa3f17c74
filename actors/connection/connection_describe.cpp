// The connection actor: the stream as the API shows it.
#include "actors/connection/connection_state.hpp"

#include <utility>

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/interfaces/admin.hpp"
#include "actors/net/transport.hpp"

namespace fedhub {

namespace {

/// Adds what OpenSSL says of the session.
void describe_tls(admin::stream_details& details, const SSL& session) {
  // "TLSv1.3" in OpenSSL
  const std::string_view version{SSL_get_version(&session)};
  details.tls = version.substr(version.starts_with("TLSv") ? 4 : 0);
  if (const auto* cipher = SSL_get_cipher_name(&session); cipher != nullptr)
    details.cipher = cipher;
  auto& changeable = const_cast<SSL&>(session); // NOLINT: OpenSSL's macro only reads
  if (const auto group = SSL_get_negotiated_group(&changeable); group > 0)
    if (const auto* name = SSL_group_to_name(&changeable, static_cast<int>(group)); name != nullptr)
      details.group = name;
}

} // namespace

stream_row_ptr connection_state::on_describe() const {
  const auto t = now();
  auto row = std::make_shared<admin::stream_row>();
  row->id = id_;
  row->leg = to_string(facts_.leg);
  row->state =
    to_string(facts_.authenticated ? stream_state::authenticated : stream_state::negotiating);
  row->peer = role_.peer_name();
  row->address = peer_.str();
  auto& more = row->more.emplace();
  role_.for_each_pair([&](const domain_pair& pair) {
    ++more.pair_count;
    if (more.pairs.size() < admin::stream_details::most_pairs)
      more.pairs.push_back({pair, proof_word(pair)});
  });
  more.idle_s = std::chrono::duration<double>(t - times_.last_use()).count();
  more.traffic = traffic();
  more.outbox_stanzas = static_cast<uint64_t>(writing_.limits->stanzas());
  more.outbox_bytes = static_cast<uint64_t>(writing_.limits->bytes());
  if (const auto* held = outbox_->held(); held != nullptr)
    more.unacknowledged = held->size();
  more.paused = reading_.gate.is_shut(read_gate::credit);
  if (role_.bidi())
    more.features.push_back("bidi");
  if (management_ && management_->on())
    more.features.push_back("sm");
  if (transport_ && transport_->tls()) {
    describe_tls(more, *transport_->ssl());
    more.certificate = identity_->describe();
  }
  return row;
}

/// Returns what proves the peer's domain of a pair, in the API's words.
std::string_view connection_state::proof_word(const domain_pair& pair) const {
  if (!worldly())
    return "node";
  return to_string(proof_of(outgoing() ? pair.to : pair.from));
}

void connection_state::report_stream(const domain_name& peer) const {
  if (!hub_->admin)
    return;
  stream_news news{.id = id_, .leg = facts_.leg, .peer = peer};
  if (facts_.authenticated)
    news.state = stream_state::authenticated;
  if (!worldly())
    news.address = peer_.str();
  if (const auto* component = role_.component(); component != nullptr && facts_.authenticated)
    news.node = component->peer_name();
  self_->send(hub_->admin, stream_atom_v, std::move(news));
}

void connection_state::report_refusal(const std::string& claim, failure why,
                                      std::string_view detail) const {
  if (!hub_->admin)
    return;
  stream_news news{.id = id_, .leg = facts_.leg, .claim = claim};
  news.error = peer_.str() + ": " + std::string{detail.empty() ? describe(why) : detail};
  self_->send(hub_->admin, stream_atom_v, std::move(news));
}

/// Ends a stream that claims a node's domain and is not the node's.
void connection_state::refuse_node(stream_error error, std::string_view claim,
                                   std::string_view detail) {
  const auto domain = domain_name::parse(claim);
  report_refusal(domain ? domain->str() : std::string{}, failure::domain_denied, detail);
  fail(error, failure::domain_denied, detail);
}

admin::traffic_row connection_state::traffic() const {
  admin::traffic_row traffic;
  if (input_) {
    traffic.stanzas_in = input_->stanzas().in;
    traffic.stanzas_out = input_->stanzas().out;
  }
  if (transport_) {
    traffic.bytes_in = transport_->octets_read();
    traffic.bytes_out = transport_->octets_written();
  }
  return traffic;
}

void connection_state::report_end() const {
  if (!hub_->admin)
    return;
  if (role_.component() != nullptr && !facts_.authenticated && ending_.end())
    report_refusal(role_.peer_name(), ending_.end()->why, ending_.end()->detail);
  caf::anon_send(hub_->admin, stream_atom_v,
                 stream_news{.id = id_, .leg = facts_.leg, .ended = true, .traffic = traffic()});
}

} // namespace fedhub
