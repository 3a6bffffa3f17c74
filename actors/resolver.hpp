// The resolver: finds the addresses of a remote domain's servers.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/fwd.hpp>

#include "actors/atoms.hpp"
#include "actors/dns_budget.hpp"
#include "actors/dns_message.hpp"
#include "actors/network_loop.hpp"
#include "actors/socket.hpp"
#include "protocol/domain_name.hpp"
#include "protocol/failure.hpp"

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

/// Draws a number from 0 to `max`, both included, each as likely.
using random_draw = std::function<uint32_t(uint32_t max)>;

struct resolver_options {
  std::vector<socket_address> servers; ///< empty: the system's (/etc/resolv.conf, read at start).
  bool allow_private_addresses = false;
  /// The servers check DNSSEC, and the way to them is safe: their word on it (the AD bit) is
  /// believed. Without it there is no DANE.
  bool validating = false;
  std::chrono::milliseconds timeout{
    5000}; ///< for one resolution: SRV, then addresses; or for TLSA records.
  std::chrono::seconds negative_ttl{
    60}; ///< the longest that "no such name" or "no such record" is believed.
  size_t cache_entries = 16384; ///< answers, about 256 octets each.
  size_t searches = 4096;       ///< at a time, for nodes and strangers together (`dns_budget`).

  // Called in the resolver's thread of the moment; they must not block. Any may be empty.
  std::function<void(const resolution&)> on_resolved; ///< at each resolution, also from the cache.
  /// At each answer to a question that was sent to a server.
  std::function<void(dns_type, dns_answer::kind, std::chrono::microseconds)> on_question;
  std::function<void(size_t)> on_cached; ///< how many answers the cache has now.

  // For tests. Empty: a generator seeded by the system, the actor's clock, and `has_ipv6`.
  random_draw draw;
  std::function<std::chrono::steady_clock::time_point()> now;
  std::function<bool()> ipv6;
};

/// Starts the resolver. It ends by an exit message; who still waits then gets
/// `failure::shutting_down`.
/// @pre `loop` outlives it.
resolver_actor spawn_resolver(caf::actor_system& system, network_loop& loop,
                              resolver_options options);

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
