// The hub's own service as DNS publishes it: records, addresses, certificate.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "actors/dns/resolver.hpp"
#include "actors/tls/tls_store.hpp"
#include "protocol/admin/explanation.hpp"
#include "protocol/text/domain_name.hpp"
#include "protocol/text/ip_address.hpp"

namespace fedhub {

/// A listener for remote servers.
struct own_listener {
  bool direct_tls = false; ///< `listen.s2s_direct_tls`, else `listen.s2s`.
  ip_address address;      ///< may be a wildcard; "::" accepts IPv4 too.
  uint16_t port = 0;

  std::string str() const; ///< "listen.s2s ([::]:5269)".
};

/// The addresses and ports of this machine that lead to the hub.
struct own_place {
  std::vector<own_listener> listeners;
  std::vector<ip_address> addresses;    ///< of this machine's interfaces.
  bool allow_private_addresses = false; ///< `dns.allow_private_addresses`.

  /// Returns whether packets to the address arrive at this machine.
  bool owns(const ip_address& address) const;
  /// Returns the listener that gets connections to this address and port; null if there is none.
  const own_listener* listener_at(const ip_address& address, uint16_t port, bool direct_tls) const;
};

/// Judges the records of one of the hub's own domains.
/// @param seen the answers of the world's name servers, private addresses included.
/// @param source the name servers, for people.
admin::explanation_row judge_records(const resolution_trace& seen, std::string_view source);

/// Judges whether published addresses lead to a listener. Skipped if there are no addresses.
admin::explanation_row judge_addresses(const resolution& seen, const own_place& place);

/// Judges whether the TLSA records of one server of a domain fit the certificate that peers are
/// shown there (RFC 7673).
/// @param at the server.  @param records its TLSA records.
admin::explanation_row judge_tlsa(const tls_store& tls, const domain_name& domain,
                                  const tlsa_endpoint& at, const tlsa_set& records,
                                  std::chrono::sys_seconds now);

/// Judges whether one of the hub's certificates proves a domain to peers.
admin::explanation_row judge_certificate_of(const tls_store& tls, const domain_name& domain,
                                            std::chrono::sys_seconds now);

/// Returns the answers as text, with their TTLs: "SRV _xmpp-server._tcp.a.example: 0 0 5269
/// host.a.example (TTL 55 s, cached)". The text is bounded.
/// @param allow_private if false, marks the private addresses as refused.
std::string text_of(const std::vector<traced_answer>& answers, bool allow_private);

} // namespace fedhub
