// The connection actor: direct TLS, and the identity of the peer.
#include "actors/connection/connection_state.hpp"

#include <sys/socket.h>

#include <cerrno>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/dns/resolver_log.hpp"
#include "metrics/sockets/socket.hpp"
#include "protocol/events/stream_security.hpp"
#include "protocol/text/domain_name.hpp"

namespace fedhub {

namespace {

/// Servers of one domain whose TLSA records are asked for, at most.
constexpr size_t max_endpoints = 4;

} // namespace

bool connection_state::recognise_direct_tls() {
  char first = 0;
  auto got = ::recv(transport_->fd(), &first, 1, MSG_PEEK);
  // Octets that arrive after this `recv` raise another readiness event.
  if (got < 0 && would_block(errno))
    return false;
  const bool served = settings_->config.federation.security_mode != stream_security::no_tls;
  if (got == 1 && first == tls_handshake_record && served) {
    role_ = make_incoming_role(*hub_, *identity_, true);
    security_.layer.begin_direct_tls();
    write();
  }
  return true;
}

void connection_state::handshake_done() {
  const bool direct = security_.layer.direct();
  stream_log("TLS").info("{} secured by {} {}{}", label(),
                         fact::tls(std::string_view{SSL_get_version(transport_->ssl())}),
                         fact::cipher(std::string_view{SSL_get_cipher_name(transport_->ssl())}),
                         direct ? ", direct TLS" : "", fact::direct_tls(direct));
  security_.tls = hub_->current()->tls; // the peer is judged by the rules in force now
  if (worldly()) {
    auto role = outgoing() ? tls_role::client : tls_role::server;
    const auto verdict = identity_->present(*transport_->ssl(), *security_.tls, role);
    stream_log("certificates").info("{} {}", label(), fact::certificate(verdict));
  }
  if (facts_.leg == stream_leg::s2s_out && identity_->wants_dane(role_.tls_name()))
    ask_tlsa(role_.tls_name());
  else
    peer_judged();
}

/// Resolves the domain's own servers: their TLSA records describe the certificate that the peer
/// presents as a client (RFC 7673 §6).
void connection_state::ask_dns(const domain_name& domain) {
  security_.layer.judge();
  self_
    ->request(settings_->resolver, caf::infinite, resolve_atom_v, domain, service_kinds::any,
              dane().asker)
    .then(
      [this, domain](const resolution_ptr& resolution) {
        log_resolution(*resolution, origin());
        for (auto& target : resolution->targets)
          if (target.dnssec.allows_dane() && dane().endpoints.size() < max_endpoints)
            dane().endpoints.push_back({target.host, target.port, target.dnssec.canonical});
        ask_tlsa(domain);
      },
      [this](const caf::error&) { judged(); });
}

void connection_state::ask_tlsa(const domain_name& domain) {
  if (!security_.dane || security_.dane->endpoints.empty() || !ending_.open())
    return judged();
  security_.layer.judge();
  auto endpoint = std::move(security_.dane->endpoints.back());
  security_.dane->endpoints.pop_back();
  self_->request(settings_->resolver, caf::infinite, tlsa_atom_v, endpoint, security_.dane->asker)
    .then(
      [this, domain, endpoint](const tlsa_set_ptr& found) {
        if (identity_->note_tlsa(domain, endpoint, *found))
          judged();
        else
          ask_tlsa(domain);
      },
      [this](const caf::error&) { judged(); });
}

void connection_state::judged() {
  security_.layer.judged();
  const auto asked = std::exchange(security_.dane, nullptr);
  if (!ending_.open())
    return;
  if (outgoing())
    return peer_judged();
  if (asked && asked->header)
    run(role_.on_header(*asked->header));
  read_turn();
  write();
  schedule();
}

void connection_state::peer_judged() {
  if (!ending_.open())
    return;
  // With direct TLS the machine already expects TLS.
  if (!security_.layer.direct())
    run(role_.on_tls_established());
  else if (auto* own = role_.outgoing())
    run(own->start());
  if (facts_.leg == stream_leg::s2s_out && !identity_->acceptable(role_.tls_name()))
    fail(stream_error::policy_violation, failure::certificate_refused,
         identity_->proof(role_.tls_name()).detail);
  read_turn();
  write();
  schedule();
}

} // namespace fedhub
