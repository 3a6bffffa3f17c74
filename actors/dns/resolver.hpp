// The resolver: finds the addresses of a remote domain's servers.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <caf/allowed_unsafe_message_type.hpp>

#include "actors/dns/dns_asker.hpp"
#include "actors/dns/dns_message.hpp"
#include "actors/runtime/atoms.hpp"
#include "actors/runtime/ready_sink.hpp"
#include "metrics/sockets/socket_address.hpp"
#include "protocol/errors/failure.hpp"
#include "protocol/text/domain_name.hpp"

namespace fedhub {

/// What of the way from a domain to a target holds by DNSSEC (RFC 7673 §3).
struct dnssec_basis {
  /// The SRV records do, or none were needed: an operator gave the target, or its host is the
  /// domain itself. Only then the host may stand in a certificate in the domain's place (§4.1).
  bool service = false;
  /// One of the host's sets of addresses does, all aliases included, or an operator gave the host.
  /// Never true unless the servers are believed (`resolver_options::validating`), nor for a
  /// literal.
  bool addresses = false;
  /// Where the aliases of the host end, if `addresses`; empty if there are none.
  std::string canonical = {};

  /// Whether TLSA records may be asked for and count.
  bool allows_dane() const { return service && addresses; }
};

/// One server of a domain, with its addresses in the order to try them.
struct resolved_target {
  std::string host; ///< as in SRV or the static route; for logs.
  uint16_t port = 5269;
  uint16_t priority = 0;
  uint16_t weight = 0;
  std::vector<socket_address> addresses; ///< families interleaved, IPv6 first (RFC 8305 §4).
  bool direct_tls = false; ///< TLS begins with the first octet (XEP-0368): no STARTTLS.
  dnssec_basis dnssec = {};
};

enum class resolve_method : uint8_t { srv, address, static_route, literal, cache };
std::string_view to_string(resolve_method x);

/// The outcome of one resolution. Immutable.
struct resolution {
  domain_name domain;
  failure why = failure::none; ///< `none`: `targets` is not empty.
  std::string detail; ///< for log and bounce text, e.g. "SERVFAIL for _xmpp-server._tcp.x.example".
  resolve_method method = resolve_method::srv;
  std::vector<resolved_target>
    targets; ///< in the order to try (RFC 2782: priority, then weighted draw).
  std::chrono::microseconds srv_time{0}, address_time{0}, total_time{0};
};
using resolution_ptr = std::shared_ptr<const resolution>;

using resolve_atom = caf::atom_constant<caf::atom("resolve")>;
inline constexpr resolve_atom resolve_atom_v{};

/// Which of a domain's services may be used.
enum class service_kinds : uint8_t {
  starttls, ///< `_xmpp-server._tcp` alone: where TLS is forbidden, direct TLS is no way out.
  any,      ///< `_xmpps-server._tcp` (XEP-0368) too, both by one order of priority and weight.
};

/// A server whose host name or address an operator gave: a static route or an s2s node.
struct given_target {
  std::string host; ///< name or IP literal (IPv6 without brackets).
  uint16_t port = 5269;
  uint16_t priority = 0;
  uint16_t weight = 0;
  bool direct_tls = false;

  friend bool operator==(const given_target&, const given_target&) = default;
};
using given_targets_ptr = std::shared_ptr<const std::vector<given_target>>;

/// Where TLSA records are looked for: `_port._tcp.host` (RFC 6698 §3).
struct tlsa_endpoint {
  std::string host;
  uint16_t port = 5269;
  std::string canonical = {}; ///< of `dnssec_basis`; asked first (RFC 7671 §7).
};

/// The outcome of a search for TLSA records.
struct tlsa_set {
  enum class kind : uint8_t {
    found,  ///< secure, and at least one.
    none,   ///< none, or not secure: DANE says nothing of this endpoint.
    failed, ///< SERVFAIL, as for a forged answer, or silence: this endpoint may have records.
  };
  kind what = kind::none;
  std::vector<tlsa_record> records;
  /// Whose they are, the host or its canonical name: one more name that a certificate may show.
  std::string base;
  std::string detail; ///< why there are none, for the log.
};
using tlsa_set_ptr = std::shared_ptr<const tlsa_set>;

using tlsa_atom = caf::atom_constant<caf::atom("tlsa")>;
inline constexpr tlsa_atom tlsa_atom_v{};

/// The RESOLVER interface. Each search is for an asker; if there is no room for it (`dns_budget`),
/// a node's waits, and others fail at once with `failure::memory_full`.
using resolver_actor = ready_sink_actor::extend<
  // Find the S2S servers of this domain: SRV, then A/AAAA. Always answers, with a failure in the
  // value; never an error.
  caf::replies_to<resolve_atom, domain_name, service_kinds, dns_asker>::with<resolution_ptr>,
  // Find the addresses of this host, which a server named together with a port (RFC 6120
  // §4.9.3.19). SRV is not asked; private addresses are refused as in the answer for a domain.
  caf::replies_to<resolve_atom, domain_name, uint16_t, dns_asker>::with<resolution_ptr>,
  // Order these targets and find the addresses of those that are names. SRV is not asked; private
  // addresses are allowed, and direct TLS where the target says so.
  caf::replies_to<resolve_atom, domain_name, given_targets_ptr, dns_asker>::with<resolution_ptr>,
  // Find the TLSA records of this endpoint. Always answers; never an error. Without `validating`
  // nothing is asked and there are none.
  caf::replies_to<tlsa_atom, tlsa_endpoint, dns_asker>::with<tlsa_set_ptr>,
  // INTERNAL: a time-out of the DNS library or of a resolution may be due.
  caf::reacts_to<tick_atom>,
  // INTERNAL: the time of an answer in the cache is over.
  caf::reacts_to<sweep_atom>>;

/// The log line of a finished resolution, without the domain: method and time of each step, or the
/// failure. "SRV 2 targets in 1.2 ms, A/AAAA 3 addresses in 0.8 ms, total 2.1 ms"
std::string describe(const resolution& x);

} // namespace fedhub

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fedhub::dns_asker)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fedhub::domain_name)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fedhub::resolution_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fedhub::service_kinds)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fedhub::tlsa_endpoint)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fedhub::tlsa_set_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fedhub::given_targets_ptr)
