// The configuration's schema: one struct per table of the file, with units, ranges and defaults.
//
// A default-constructed `config` is the configuration of an empty file. Where a range is given, the
// loader refuses everything outside it; who reads a `config` need not check again. Names are the
// keys of the file.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "conf/schema/network.hpp"
#include "conf/schema/secret.hpp"
#include "protocol/certificate/key_purpose.hpp"
#include "protocol/events/stream_events.hpp"
#include "protocol/text/domain_name.hpp"
#include "protocol/text/sha256_digest.hpp"

namespace fedhub::conf {

/// The port of server-to-server streams (RFC 6120 §14.7).
inline constexpr uint16_t s2s_port = 5269;

/// [hub]
struct hub_config {
  /// Instance name in logs and as a metrics label; 1..128 printable octets.
  std::string name = "hub-1";
  /// Folder of what the hub makes for itself: dialback secret, self-signed certificate. Need not
  /// exist yet.
  std::filesystem::path state_dir = "state";
  /// Scheduler workers, 0..256; 0 = one per core.
  unsigned threads = 0;

  friend bool operator==(const hub_config&, const hub_config&) = default;
};

/// [listen]. Port 0 = any free port. "[::]" takes IPv4 connections too. An empty list opens no such
/// listener.
struct listen_config {
  std::vector<socket_address> s2s = {{ip_address::v6({}), s2s_port}};
  /// S2S over direct TLS (XEP-0368).
  std::vector<socket_address> s2s_direct_tls;
  /// Where nodes dial in: components (XEP-0114) and the streams of s2s nodes.
  std::vector<socket_address> nodes = {{ip_address::v4({127, 0, 0, 1}), 7400}};
  /// HTTP: /metrics, /healthz, /readyz. Nothing (`""` in the file) = no exporter.
  std::optional<socket_address> metrics = socket_address{ip_address::v4({127, 0, 0, 1}), 9527};
  /// The nodes' DNS view, UDP and TCP; see `dns_view_config`. Only with `nodes`.
  std::vector<socket_address> dns;

  friend bool operator==(const listen_config&, const listen_config&) = default;
};

/// Encryption of S2S streams with remote domains, in both directions.
using security_mode = stream_security;

/// Which remote domains may federate. With an allow-list, a static
/// route in use implies that its domain may.
enum class privacy_mode : uint8_t {
  off,        ///< all.
  allow_list, ///< only those that `allow` matches.
  deny_list,  ///< all but those that `deny` matches.
};
std::string_view to_string(privacy_mode x);

/// Whether a remote server whose certificate proves nothing gets stanzas.
enum class verification_rule : uint8_t {
  off,    ///< yes.
  report, ///< yes; each stream is logged.
  on,     ///< no.
};
std::string_view to_string(verification_rule x);

/// [federation]
struct federation_config {
  bool enabled = true;
  conf::security_mode security_mode = security_mode::tls_required;
  /// A peer must prove its domain by certificate, dialback alone is refused: it takes dialback out
  /// of `default_methods`. Never set with `no_tls`.
  bool require_client_certificates = false;
  /// Of remote servers to which the hub sends; a trust rule with methods goes before it. Never `on`
  /// with `no_tls`.
  verification_rule require_verified = verification_rule::off;
  /// What dialback keys are made from (XEP-0185). Nothing: the hub makes one and keeps it in
  /// `state_dir`.
  std::optional<secret> dialback_secret;
  /// Older secrets whose keys are still good, while the instances of the hub change to a new one.
  /// At most `max_previous_secrets`.
  std::vector<secret> dialback_secret_previous;
  /// One stream for both directions of a pair (XEP-0288): offered, and asked for where offered.
  bool bidi = true;
  /// Acknowledged stanzas (XEP-0198), likewise.
  bool stream_management = true;
  conf::privacy_mode privacy_mode = privacy_mode::off;
  std::vector<domain_pattern> allow; ///< read in mode `allow_list` only.
  std::vector<domain_pattern> deny;  ///< read in mode `deny_list` only.
  bool use_static_routes = true;

  friend bool operator==(const federation_config&, const federation_config&) = default;
};

/// Each secret costs one HMAC for a key that is wrong, which anybody may send.
inline constexpr size_t max_previous_secrets = 16;

/// A way in which a remote domain proves that it is itself.
enum class trust_method : uint8_t {
  pkix,     ///< a certificate with a path to `tls.ca_file` and the domain's name in it.
  dane,     ///< a certificate that TLSA records name (RFC 7673); needs `dns.validating`.
  pin,      ///< a certificate with one of the pinned keys, whatever its names and issuer.
  dialback, ///< the domain's own server knows the key (XEP-0220).
};
std::string_view to_string(trust_method x);

/// What a domain may prove itself by where no rule says otherwise, in the order of trying.
std::vector<trust_method> default_methods(const federation_config& x);

/// [[trust]]: what some remote domains must prove. Of the rules that match a domain, an exact one
/// counts, else the most specific wildcard.
struct trust_rule {
  domain_pattern domain; ///< exact, "*.x" or "*"; each in one rule only.
  /// Any of these proves the domain; never empty, each once, in the order of trying. Unless given,
  /// `default_methods`.
  std::vector<trust_method> methods;
  bool methods_given = false;
  /// Of the subjectPublicKeyInfo in DER. Empty if and only if `methods` is without `pin`.
  std::vector<sha256_digest> pins;
  /// Instead of `federation.security_mode`. Whichever of the two holds is `no_tls` only if dialback
  /// is among `methods`, as nothing else proves a domain without TLS.
  std::optional<conf::security_mode> security_mode;
  /// What would be refused is counted and logged, and passes.
  bool report_only = false;

  friend bool operator==(const trust_rule&, const trust_rule&) = default;
};

/// [[static_route]]: one target of a remote domain that DNS is not asked about.
struct static_route {
  domain_pattern domain; ///< exact or "*.x"; never "*". The most specific row wins.
  host_address address;  ///< port 5269 unless given.
  bool direct_tls = false;
  uint16_t priority = 0; ///< lower first, as in SRV (RFC 2782).
  uint16_t weight = 0;   ///< share among equal priorities, as in SRV.

  friend bool operator==(const static_route&, const static_route&) = default;
};

/// [dns]
struct dns_config {
  /// Port 53 unless given. Empty: the system's.
  std::vector<socket_address> servers;
  /// Lets answers point at loopback, private and link-local addresses.
  bool allow_private_addresses = false;
  /// The servers validate DNSSEC, and nobody can forge their answers on the way to the hub: their
  /// AD bit is believed (RFC 6698 §A.3).
  bool validating = false;
  std::chrono::seconds timeout{5};       ///< one query; key `timeout_s`, 1..60.
  std::chrono::seconds negative_ttl{60}; ///< key `negative_ttl_s`, 0..86400; 0 = not cached.

  friend bool operator==(const dns_config&, const dns_config&) = default;
};

/// [dns_view]: what `listen.dns` answers, and to whom.
struct dns_view_config {
  /// The host name that SRV answers give; letters, digits and hyphens.
  domain_name name = default_name();
  /// The address of `name`. Nothing: that of `listen.nodes`, which is no wildcard then.
  std::optional<ip_address> address;
  /// Who is answered. Empty: `trusted_from` of all s2s nodes. No network of public addresses wider
  /// than /24 or /48.
  std::vector<network> allow;
  /// Who answers all other questions; port 53 unless given. Empty: `dns.servers`, else the
  /// system's.
  std::vector<socket_address> upstream;
  std::chrono::seconds ttl{60}; ///< of the hub's own answers; key `ttl_s`, 0..86400.

  static domain_name default_name(); ///< "fedhub.internal"

  friend bool operator==(const dns_view_config&, const dns_view_config&) = default;
};

/// [[tls.certificate]]: PEM files. They could be opened when the file was loaded; what is in them
/// is not checked.
struct certificate_files {
  std::filesystem::path chain_file; ///< own certificate first.
  std::filesystem::path key_file;
  std::filesystem::path ocsp_file{}; ///< an OCSP response in DER, stapled; empty: none.

  friend bool operator==(const certificate_files&, const certificate_files&) = default;
};

/// Versions and cipher suites of TLS.
enum class tls_preset : uint8_t {
  modern,       ///< 1.3 only.
  intermediate, ///< 1.2 and 1.3, authenticated encryption with forward secrecy (RFC 9325 §4.2).
};
std::string_view to_string(tls_preset x);

/// Trust anchors of the system; not an error where the file is missing.
inline constexpr std::string_view default_ca_file = "/etc/ssl/certs/ca-certificates.crt";

/// [tls]
struct tls_config {
  /// Trust anchors, PEM. Could be opened when loaded if the file names it; the default is not
  /// looked for.
  std::filesystem::path ca_file = default_ca_file;
  std::vector<std::filesystem::path> crl_files; ///< PEM or DER; could be opened when loaded.
  /// What the certificate of a peer that initiates a stream must be good for.
  eku_policy accept_eku = eku_policy::server;
  tls_preset preset = tls_preset::intermediate;
  bool session_resumption = true;
  /// [tls.client_certificate]: shown where the hub initiates, instead of the one of `certificates`
  /// that covers the sender domain. Without `ocsp_file`.
  std::optional<certificate_files> client_certificate;
  /// Each is served for the domains in its subjectAltName. Empty: a self-signed one, made in
  /// `state_dir`.
  std::vector<certificate_files> certificates;

  friend bool operator==(const tls_config&, const tls_config&) = default;
};

enum class node_protocol : uint8_t { component, s2s };
std::string_view to_string(node_protocol x);

/// A node that dials in with XEP-0114.
struct component_access {
  secret handshake_secret;

  friend bool operator==(const component_access&, const component_access&) = default;
};

/// An ordinary server behind the hub.
struct s2s_access {
  host_address address;              ///< where the hub reaches it; port 5269 unless given.
  std::vector<network> trusted_from; ///< where its own streams come from; never empty.

  friend bool operator==(const s2s_access&, const s2s_access&) = default;
};

/// [[node]]
struct node_config {
  /// The node's id, 1..128 printable octets, unique. Unless given "node-N", N counting the rows
  /// from 1.
  std::string name;
  /// What it serves: exact or "*.x", never "*"; not empty. Nodes that share a domain have the same
  /// protocol.
  std::vector<domain_pattern> domains;
  /// What IDNA2003 makes of those of them that it maps differently (`domain_name::transitional`),
  /// but for what another node has, as it stands or by IDNA2003.
  std::vector<domain_pattern> transitional_domains = {};
  std::variant<component_access, s2s_access> access;

  /// Both.
  std::vector<domain_pattern> served() const {
    auto all = domains;
    all.insert(all.end(), transitional_domains.begin(), transitional_domains.end());
    return all;
  }
  bool serves(const domain_name& x) const {
    const auto matches = [&](auto& y) { return y.matches(x); };
    return std::ranges::any_of(domains, matches)
           || std::ranges::any_of(transitional_domains, matches);
  }

  node_protocol protocol() const {
    return std::holds_alternative<component_access>(access) ? node_protocol::component
                                                            : node_protocol::s2s;
  }

  friend bool operator==(const node_config&, const node_config&) = default;
};

/// [limits]. `bytes` are octets.
struct limits_config {
  /// One stanza; a larger one ends its stream with `policy-violation`. 1024..67108864; RFC 6120
  /// §13.12 wants 10000 or more of a server in the open.
  uint64_t stanza_bytes = 524288;
  /// The same before authentication. 1024..`stanza_bytes`; unless given no more than
  /// `stanza_bytes`.
  uint64_t unauthenticated_stanza_bytes = 8192;
  uint64_t stanza_depth = 64;            ///< nested elements; 4..4096.
  uint64_t stanza_elements = 16384;      ///< elements of one stanza; 16..1048576.
  uint64_t connections = 50000;          ///< inbound, of each kind of listener; 1..1000000.
  uint64_t connections_per_address = 64; ///< inbound, not yet authenticated; 1..1000000.
  uint64_t accepts_per_second = 500;     ///< of each kind of listener; 1..1000000.
  /// Lines of the log that all unauthenticated peers together may provoke; a tenth of it for one
  /// kind of line and peer; 1..1000000.
  uint64_t log_lines_per_second = 50;
  uint64_t queue_bytes_per_domain = 4194304;    ///< waiting for one domain; 1024..17179869184.
  uint64_t queue_stanzas_per_domain = 32768;    ///< waiting for one domain; 1..16777216.
  uint64_t inflight_bytes_per_stream = 1048576; ///< read but not yet written; 4096..1073741824.
  uint64_t dns_questions =
    4096; ///< DNS searches under way, of which nodes have a share; 16..65536.
  /// Queued stanzas, hub-wide. 0 = a quarter of the machine's memory, else 1048576..17592186044416.
  uint64_t memory_bytes = 0;
  /// What one unauthenticated connection can make the hub hold; beyond it the connection is not
  /// read, at twice that it is closed. 65536..1073741824.
  uint64_t memory_bytes_per_connection = 262144;

  friend bool operator==(const limits_config&, const limits_config&) = default;
};

/// [timeouts]
struct timeouts_config {
  std::chrono::seconds connect{10};     ///< to one address; 1..300.
  std::chrono::seconds negotiation{30}; ///< first octet to authenticated, both directions; 1..3600.
  std::chrono::seconds dialback{30};    ///< one verification; 1..3600.
  std::chrono::seconds queue{30};       ///< longest wait of a stanza for a stream; 1..3600.
  std::chrono::seconds node{5};         ///< the same for a node that has just gone; 1..3600.
  std::chrono::seconds idle{600};       ///< authenticated and silent; 1..604800.
  std::chrono::seconds keepalive{60};   ///< between white space keepalives; 1..86400.
  std::chrono::seconds acknowledge{60}; ///< unanswered request of XEP-0198; 5..3600.
  std::chrono::seconds drain{10};       ///< at stop; 0..3600, 0 = close at once.

  friend bool operator==(const timeouts_config&, const timeouts_config&) = default;
};

enum class log_level : uint8_t { trace, debug, info, warn, error };
std::string_view to_string(log_level x);

enum class log_format : uint8_t { text, json };
std::string_view to_string(log_format x);

/// [log]
struct log_config {
  log_level level = log_level::info;
  /// Levels of single modules, by name ("DBVerify", "stream.in"). Names are not checked against the
  /// hub's.
  std::map<std::string, log_level> modules;
  log_format format = log_format::text;

  friend bool operator==(const log_config&, const log_config&) = default;
};

/// The whole file. Held as `std::shared_ptr<const config>`: a reload makes a new one.
struct config {
  hub_config hub;
  listen_config listen;
  federation_config federation;
  std::vector<trust_rule> trust;           ///< in the file's order.
  std::vector<static_route> static_routes; ///< in the file's order.
  dns_config dns;
  dns_view_config dns_view;
  tls_config tls;
  std::vector<node_config> nodes; ///< in the file's order.
  limits_config limits;
  timeouts_config timeouts;
  log_config log;

  friend bool operator==(const config&, const config&) = default;
};

} // namespace fedhub::conf
