// The configuration's schema: one struct per table of the file, with units, ranges and defaults.
//
// A default-constructed `config` is the configuration of an empty file. The loader refuses values
// outside the ranges given here, so code that reads a `config` need not check them again. Names are
// the keys of the file.
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

#include "conf/schema/host_address.hpp"
#include "conf/schema/secret.hpp"
#include "protocol/certificate/key_purpose.hpp"
#include "protocol/events/stream_security.hpp"
#include "protocol/text/domain_name.hpp"
#include "protocol/text/domain_pattern.hpp"
#include "protocol/text/ip_network.hpp"
#include "protocol/text/sha256_digest.hpp"

namespace fedhub::conf {

/// The port of server-to-server streams (RFC 6120 §14.7).
inline constexpr uint16_t s2s_port = 5269;

/// [hub]
struct hub_config {
  /// Instance name in logs and as a metrics label; 1..128 printable octets.
  std::string name = "hub-1";
  /// Folder for data that the hub creates: dialback secret, self-signed certificate. Need not exist
  /// yet.
  std::filesystem::path state_dir = "state";
  /// Scheduler workers, 0..256; 0 = one per core.
  unsigned threads = 0;

  friend bool operator==(const hub_config&, const hub_config&) = default;
};

/// [listen]. Port 0 = any free port. "[::]" accepts IPv4 connections too. An empty list opens no
/// listener of that kind.
struct listen_config {
  std::vector<ip_endpoint> s2s = {{ip_address::v6({}), s2s_port}};
  /// S2S over direct TLS (XEP-0368).
  std::vector<ip_endpoint> s2s_direct_tls;
  /// Where nodes connect: components (XEP-0114) and streams of s2s nodes.
  std::vector<ip_endpoint> nodes = {{ip_address::v4({127, 0, 0, 1}), 7400}};
  /// HTTP: /metrics, /healthz, /readyz. Nothing (`""` in the file) = no exporter.
  std::optional<ip_endpoint> metrics = ip_endpoint{ip_address::v4({127, 0, 0, 1}), 9527};
  /// The nodes' DNS view, UDP and TCP; see `dns_view_config`. Requires `nodes`.
  std::vector<ip_endpoint> dns;

  friend bool operator==(const listen_config&, const listen_config&) = default;
};

/// [admin]
struct admin_config {
  /// The Unix socket of the API. Empty: `admin.sock` in $RUNTIME_DIRECTORY, else in `state_dir`.
  std::filesystem::path socket;
  /// The group that owns the socket, if there is such a group; empty: none.
  std::string group = "fedhub-admin";
  uint32_t history_days = 30;       ///< how long events are kept, 1..3650.
  uint32_t history_mebibytes = 256; ///< the most that events take on the disk, 16..65536.
  /// Files that have changed are applied without SIGHUP.
  bool auto_reload = true;

  friend bool operator==(const admin_config&, const admin_config&) = default;
};

/// Encryption of S2S streams with remote domains, in both directions.
using security_mode = stream_security;

/// Which remote domains may federate. With an allow-list, a domain with a static route in use may
/// federate as well.
enum class privacy_mode : uint8_t {
  off,        ///< all domains.
  allow_list, ///< only domains that `allow` matches.
  deny_list,  ///< all domains but those that `deny` matches.
};
std::string_view to_string(privacy_mode mode);

/// Whether stanzas go to a remote server whose certificate proves nothing.
enum class verification_rule : uint8_t {
  off,    ///< yes.
  report, ///< yes; each stream is logged.
  on,     ///< no.
};
std::string_view to_string(verification_rule rule);

/// [federation]
struct federation_config {
  bool enabled = true;
  conf::security_mode security_mode = security_mode::tls_required;
  /// A peer must prove its domain by certificate, and dialback alone is refused: removes dialback
  /// from `default_methods`. Never set with `no_tls`.
  bool require_client_certificates = false;
  /// For remote servers to which the hub sends. A trust rule with methods takes precedence. Never
  /// `on` with `no_tls`.
  verification_rule require_verified = verification_rule::off;
  /// The secret from which dialback keys are made (XEP-0185). Nothing: the hub makes one and keeps
  /// it in `state_dir`.
  std::optional<secret> dialback_secret;
  /// Older secrets whose keys are still accepted while the instances of the hub change to a new
  /// one. At most `max_previous_secrets`.
  std::vector<secret> dialback_secret_previous;
  /// One stream for both directions of a pair (XEP-0288): offered, and requested where offered.
  bool bidi = true;
  /// Acknowledged stanzas (XEP-0198): offered, and requested where offered.
  bool stream_management = true;
  conf::privacy_mode privacy_mode = privacy_mode::off;
  std::vector<domain_pattern> allow; ///< used in mode `allow_list` only.
  std::vector<domain_pattern> deny;  ///< used in mode `deny_list` only.
  bool use_static_routes = true;

  friend bool operator==(const federation_config&, const federation_config&) = default;
};

/// The greatest number of previous secrets. A wrong key costs one HMAC for each secret, and anybody
/// may send one.
inline constexpr size_t max_previous_secrets = 16;

/// A way in which a remote domain proves its identity.
enum class trust_method : uint8_t {
  pkix,     ///< a certificate with a path to `tls.ca_file` and with the domain's name.
  dane,     ///< a certificate that TLSA records name (RFC 7673); needs `dns.validating`.
  pin,      ///< a certificate with one of the pinned keys, whatever its names and issuer.
  dialback, ///< the domain's own server confirms the key (XEP-0220).
};
std::string_view to_string(trust_method method);

/// Returns the methods for domains without a trust rule that names methods, in the order of trying.
std::vector<trust_method> default_methods(const federation_config& federation);

/// [[trust]]: the proof required of some remote domains. Of the rules that match a domain, an exact
/// rule applies, else the most specific wildcard.
struct trust_rule {
  domain_pattern domain; ///< exact, "*.x" or "*"; each pattern in one rule only.
  /// Any of these methods proves the domain. Never empty, no method twice, in the order of trying.
  /// By default: `default_methods`.
  std::vector<trust_method> methods;
  bool methods_given = false;
  /// The hashes of the subjectPublicKeyInfo in DER. Empty if and only if `methods` is without
  /// `pin`.
  std::vector<sha256_digest> pins;
  /// Replaces `federation.security_mode`. The mode that applies is `no_tls` only if dialback is
  /// among `methods`, since nothing else proves a domain without TLS.
  std::optional<conf::security_mode> security_mode;
  /// A peer that would be refused is counted and logged, but accepted.
  bool report_only = false;

  friend bool operator==(const trust_rule&, const trust_rule&) = default;
};

/// [[static_route]]: one target of a remote domain, used instead of DNS.
struct static_route {
  domain_pattern domain; ///< exact or "*.x"; never "*". The most specific row applies.
  host_address address;  ///< port 5269 by default.
  bool direct_tls = false;
  uint16_t priority = 0; ///< lower first, as in SRV (RFC 2782).
  uint16_t weight = 0;   ///< share among equal priorities, as in SRV.

  friend bool operator==(const static_route&, const static_route&) = default;
};

/// [dns]
struct dns_config {
  /// Port 53 by default. Empty: the system's servers.
  std::vector<ip_endpoint> servers;
  /// Permits answers with loopback, private and link-local addresses.
  bool allow_private_addresses = false;
  /// The servers validate DNSSEC, and nobody can forge their answers on the way to the hub: the hub
  /// trusts their AD bit (RFC 6698 §A.3).
  bool validating = false;
  std::chrono::seconds timeout{5};       ///< one query; key `timeout_s`, 1..60.
  std::chrono::seconds negative_ttl{60}; ///< key `negative_ttl_s`, 0..86400; 0 = not cached.

  friend bool operator==(const dns_config&, const dns_config&) = default;
};

/// [dns_view]: the answers that `listen.dns` gives, and its clients.
struct dns_view_config {
  /// The host name in the SRV answers; letters, digits and hyphens.
  domain_name name = default_name();
  /// The address of `name`. Nothing: the address of `listen.nodes`, which must not be a wildcard
  /// then.
  std::optional<ip_address> address;
  /// The clients that get answers. Empty: `trusted_from` of all s2s nodes. A network of public
  /// addresses must not be wider than /24 or /48.
  std::vector<ip_network> allow;
  /// The servers for all other questions; port 53 by default. Empty: `dns.servers`, else the
  /// system's servers.
  std::vector<ip_endpoint> upstream;
  std::chrono::seconds ttl{60}; ///< of the hub's own answers; key `ttl_s`, 0..86400.

  static domain_name default_name(); ///< "fedhub.internal"

  friend bool operator==(const dns_view_config&, const dns_view_config&) = default;
};

/// [check]: how the hub looks at its own set-up.
struct check_config {
  /// The servers that `check` and `explain` ask for the world's view of the hub's own records; port
  /// 53 by default. Empty: `dns.servers`.
  std::vector<ip_endpoint> resolvers;

  friend bool operator==(const check_config&, const check_config&) = default;
};

/// [[tls.certificate]]: PEM files. The loader has opened them, but has not checked their content.
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
std::string_view to_string(tls_preset preset);

/// The system's trust anchors. It is no error if the file is missing.
inline constexpr std::string_view default_ca_file = "/etc/ssl/certs/ca-certificates.crt";

/// [tls]
struct tls_config {
  /// Trust anchors, PEM. The loader has opened a file that the configuration names, but not the
  /// default.
  std::filesystem::path ca_file = default_ca_file;
  std::vector<std::filesystem::path> crl_files; ///< PEM or DER; the loader has opened them.
  /// The purpose that the certificate of a peer that initiates a stream must have.
  eku_policy accept_eku = eku_policy::server;
  tls_preset preset = tls_preset::intermediate;
  bool session_resumption = true;
  /// [tls.client_certificate]: used where the hub initiates, instead of the one of `certificates`
  /// that covers the sender domain. Without `ocsp_file`.
  std::optional<certificate_files> client_certificate;
  /// Each is used for the domains in its subjectAltName. Empty: a self-signed one, made in
  /// `state_dir`.
  std::vector<certificate_files> certificates;

  friend bool operator==(const tls_config&, const tls_config&) = default;
};

enum class node_protocol : uint8_t { component, s2s };
std::string_view to_string(node_protocol protocol);

/// A node that connects by XEP-0114.
struct component_access {
  secret handshake_secret;

  friend bool operator==(const component_access&, const component_access&) = default;
};

/// An ordinary server behind the hub.
struct s2s_access {
  host_address address;                 ///< where the hub connects to it; port 5269 by default.
  std::vector<ip_network> trusted_from; ///< the addresses of its own streams; never empty.

  friend bool operator==(const s2s_access&, const s2s_access&) = default;
};

/// [[node]]
struct node_config {
  /// The node's id, 1..128 printable octets, unique. By default "node-N", where N counts the rows
  /// from 1.
  std::string name;
  /// The domains that it serves: exact or "*.x", never "*"; not empty. Nodes that share a domain
  /// have the same protocol.
  std::vector<domain_pattern> domains;
  /// The `domains` as IDNA2003 maps them (`domain_name::transitional`), if it maps them
  /// differently. Without domains that another node has, by either standard.
  std::vector<domain_pattern> transitional_domains = {};
  std::variant<component_access, s2s_access> access;

  /// Returns `domains` and `transitional_domains`.
  std::vector<domain_pattern> served() const {
    auto all = domains;
    all.insert(all.end(), transitional_domains.begin(), transitional_domains.end());
    return all;
  }
  bool serves(const domain_name& domain) const {
    const auto matches = [&](auto& pattern) { return pattern.matches(domain); };
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
  /// One stanza. A larger one ends its stream with `policy-violation`. 1024..67108864; RFC 6120
  /// §13.12 requires 10000 or more of a public server.
  uint64_t stanza_bytes = 524288;
  /// The same before authentication. 1024..`stanza_bytes`; the default is at most `stanza_bytes`.
  uint64_t unauthenticated_stanza_bytes = 8192;
  uint64_t stanza_depth = 64;            ///< nested elements; 4..4096.
  uint64_t stanza_elements = 16384;      ///< elements of one stanza; 16..1048576.
  uint64_t connections = 50000;          ///< inbound, for each kind of listener; 1..1000000.
  uint64_t connections_per_address = 64; ///< inbound, not yet authenticated; 1..1000000.
  uint64_t accepts_per_second = 500;     ///< for each kind of listener; 1..1000000.
  /// Log lines that all unauthenticated peers together may cause; one kind of line of one peer may
  /// use a tenth of them; 1..1000000.
  uint64_t log_lines_per_second = 50;
  uint64_t queue_bytes_per_domain = 4194304;    ///< queued for one domain; 1024..17179869184.
  uint64_t queue_stanzas_per_domain = 32768;    ///< queued for one domain; 1..16777216.
  uint64_t inflight_bytes_per_stream = 1048576; ///< read but not yet written; 4096..1073741824.
  /// DNS searches at the same time, of which nodes have a share; 16..65536.
  uint64_t dns_questions = 4096;
  /// Memory for queued stanzas of the whole hub. 0 = a quarter of the machine's memory, else
  /// 1048576..17592186044416.
  uint64_t memory_bytes = 0;
  /// Memory that one unauthenticated connection can make the hub hold. Beyond it the connection is
  /// not read, at twice the limit it is closed. 65536..1073741824.
  uint64_t memory_bytes_per_connection = 262144;

  friend bool operator==(const limits_config&, const limits_config&) = default;
};

/// [timeouts]
struct timeouts_config {
  std::chrono::seconds connect{10};     ///< to one address; 1..300.
  std::chrono::seconds negotiation{30}; ///< first octet to authenticated, both directions; 1..3600.
  std::chrono::seconds dialback{30};    ///< one verification; 1..3600.
  std::chrono::seconds queue{30};       ///< longest wait of a stanza for a stream; 1..3600.
  std::chrono::seconds node{5};       ///< the same for a node that has just disconnected; 1..3600.
  std::chrono::seconds idle{600};     ///< authenticated and silent; 1..604800.
  std::chrono::seconds keepalive{60}; ///< between white space keepalives; 1..86400.
  std::chrono::seconds acknowledge{60}; ///< unanswered request of XEP-0198; 5..3600.
  std::chrono::seconds drain{10};       ///< at stop; 0..3600, 0 = close at once.

  friend bool operator==(const timeouts_config&, const timeouts_config&) = default;
};

enum class log_level : uint8_t { trace, debug, info, warn, error };
std::string_view to_string(log_level level);

enum class log_format : uint8_t { text, json };
std::string_view to_string(log_format format);

/// [log]
struct log_config {
  log_level level = log_level::info;
  /// Levels of single modules, by name ("DBVerify", "stream.in"). Names are not checked against the
  /// hub's modules.
  std::map<std::string, log_level> modules;
  log_format format = log_format::text;

  friend bool operator==(const log_config&, const log_config&) = default;
};

/// The whole file. Held as `std::shared_ptr<const config>`; a reload makes a new one.
struct config {
  hub_config hub;
  listen_config listen;
  admin_config admin;
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
  check_config check;

  friend bool operator==(const config&, const config&) = default;
};

} // namespace fedhub::conf
