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

/// Which parts of the way from a domain to a target are secure by DNSSEC (RFC 7673 §3).
struct dnssec_basis {
  /// The SRV records are secure, or none were needed: an operator gave the target, or its host is
  /// the domain itself. Only then a certificate may name the host instead of the domain (§4.1).
  bool service = false;
  /// One of the host's sets of addresses is secure, all aliases included, or an operator gave the
  /// host. Never true unless the servers are trusted (`resolver_options::validating`), nor for a
  /// literal.
  bool addresses = false;
  /// The name that the host's aliases lead to, if `addresses`; empty if there are no aliases.
  std::string canonical = {};

  /// Returns whether TLSA records may be asked for and used.
  bool allows_dane() const { return service && addresses; }
};

/// One server of a domain, with its addresses in the order to try them.
struct resolved_target {
  std::string host; ///< as in the SRV record or the static route; for logs.
  uint16_t port = 5269;
  uint16_t priority = 0;
  uint16_t weight = 0;
  std::vector<socket_address> addresses; ///< families interleaved, IPv6 first (RFC 8305 §4).
  bool direct_tls = false; ///< TLS begins with the first octet (XEP-0368), without STARTTLS.
  dnssec_basis dnssec = {};
};

enum class resolve_method : uint8_t { srv, address, static_route, literal, cache };
std::string_view to_string(resolve_method method);

/// The outcome of one resolution. Immutable.
struct resolution {
  domain_name domain;
  failure why = failure::none; ///< if `none`, `targets` is not empty.
  /// For log and bounce text, e.g. "SERVFAIL for _xmpp-server._tcp.x.example".
  std::string detail;
  resolve_method method = resolve_method::srv;
  /// In the order to try (RFC 2782: priority, then weighted draw).
  std::vector<resolved_target> targets;
  std::chrono::microseconds srv_time{0}, address_time{0}, total_time{0};
};
using resolution_ptr = std::shared_ptr<const resolution>;

/// An answer of DNS that a resolution has used.
struct traced_answer {
  dns_question question;
  dns_answer answer;
  bool cached = false;               ///< it cost no question to a server.
  std::chrono::seconds ttl_left{0};  ///< how long the cache keeps it from now on.
  std::chrono::microseconds time{0}; ///< from the question to the answer; 0 if cached.
};

/// A resolution with the answers that led to it. Immutable.
struct resolution_trace {
  resolution_ptr outcome;
  std::vector<traced_answer> answers; ///< in the order of their use.
};
using resolution_trace_ptr = std::shared_ptr<const resolution_trace>;

using resolve_atom = caf::atom_constant<caf::atom("resolve")>;
inline constexpr resolve_atom resolve_atom_v{};

/// Which of a domain's services may be used.
enum class service_kinds : uint8_t {
  starttls, ///< `_xmpp-server._tcp` only. Where TLS is forbidden, direct TLS must not be used
            ///< either.
  any,      ///< `_xmpps-server._tcp` (XEP-0368) too; priority and weight order both as one set.
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

/// The server whose TLSA records are searched: `_port._tcp.host` (RFC 6698 §3).
struct tlsa_endpoint {
  std::string host;
  uint16_t port = 5269;
  std::string canonical = {}; ///< `dnssec_basis::canonical`; asked first (RFC 7671 §7).
};

/// The outcome of a search for TLSA records.
struct tlsa_set {
  enum class kind : uint8_t {
    found,  ///< at least one record, and secure.
    none,   ///< no records, or not secure: DANE does not apply to this endpoint.
    failed, ///< SERVFAIL (for example for a forged answer) or no answer: this endpoint may have
            ///< records.
  };
  kind what = kind::none;
  std::vector<tlsa_record> records;
  /// The owner of the records: the host or its canonical name. A certificate may show this name
  /// too.
  std::string base;
  std::string detail; ///< for the log: why there are no records.
};
using tlsa_set_ptr = std::shared_ptr<const tlsa_set>;

using trace_atom = caf::atom_constant<caf::atom("trace")>;
inline constexpr trace_atom trace_atom_v{};

using tlsa_atom = caf::atom_constant<caf::atom("tlsa")>;
inline constexpr tlsa_atom tlsa_atom_v{};

/// The RESOLVER interface. Each search is made for an asker. If there is no room for it
/// (`dns_budget`), a search for a node waits. Any other search fails at once with
/// `failure::memory_full`.
using resolver_actor = ready_sink_actor::extend<
  // Find the S2S servers of this domain: SRV, then A/AAAA. Always answers with a value, never with
  // an error; the value may hold a failure.
  caf::replies_to<resolve_atom, domain_name, service_kinds, dns_asker>::with<resolution_ptr>,
  // Find the addresses of this host, which a server named together with a port (RFC 6120
  // §4.9.3.19). SRV is not asked. Private addresses are refused as for a domain.
  caf::replies_to<resolve_atom, domain_name, uint16_t, dns_asker>::with<resolution_ptr>,
  // Order these targets, and find the addresses of host names among them. SRV is not asked. Private
  // addresses are allowed, and so is direct TLS where the target has it.
  caf::replies_to<resolve_atom, domain_name, given_targets_ptr, dns_asker>::with<resolution_ptr>,
  // Find the TLSA records of this endpoint. Always answers, never with an error. Without
  // `validating` nothing is asked, and the answer is that there are no records.
  caf::replies_to<tlsa_atom, tlsa_endpoint, dns_asker>::with<tlsa_set_ptr>,
  // Find the S2S servers of this domain, or order these targets, like `resolve`. Answer with the
  // DNS answers that were used, too.
  caf::replies_to<trace_atom, domain_name, service_kinds, dns_asker>::with<resolution_trace_ptr>,
  caf::replies_to<trace_atom, domain_name, given_targets_ptr,
                  dns_asker>::with<resolution_trace_ptr>,
  // Erase the cached answers about this name and all names below it, negative ones too. An empty
  // name stands for all names. Answers once this is done.
  caf::replies_to<forget_atom, domain_name>::with<forget_atom>,
  // INTERNAL: a time-out of the DNS library or of a resolution may be due.
  caf::reacts_to<tick_atom>,
  // INTERNAL: an answer in the cache has expired.
  caf::reacts_to<sweep_atom>>;

/// Returns the log line of a finished resolution, without the domain: method and time of each step,
/// or the failure. "SRV 2 targets in 1.2 ms, A/AAAA 3 addresses in 0.8 ms, total 2.1 ms"
std::string describe(const resolution& resolution);

} // namespace fedhub

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fedhub::dns_asker)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fedhub::resolution_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fedhub::resolution_trace_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fedhub::service_kinds)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fedhub::tlsa_endpoint)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fedhub::tlsa_set_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(fedhub::given_targets_ptr)
