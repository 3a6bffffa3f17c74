// Certificates and TLS contexts: what the hub shows to its peers, and which peers it trusts.
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/ssl.h>

#include <tl/expected.hpp>

#include "actors/files/state_folder.hpp"
#include "actors/net/transport.hpp"
#include "actors/tls/tls_context.hpp"
#include "conf/schema/schema.hpp"
#include "protocol/certificate/dane.hpp"
#include "protocol/certificate/peer_certificate.hpp"
#include "protocol/certificate/presented_names.hpp"
#include "protocol/certificate/trust_store.hpp"
#include "protocol/text/domain_name.hpp"
#include "protocol/text/domain_pattern.hpp"

namespace fedhub {

/// An immutable set of certificates and their contexts, and of the trust anchors and CRLs for
/// judging peers. A reload makes a new one. TLS 1.2 and 1.3 only.
///
/// A session may outlive its store once its handshake is done.
///
/// Thread safety: any thread may call all members.
class tls_store {
public:
  struct certificate {
    std::string label;     ///< the chain file's name, or "self-signed".
    presented_names names; ///< from the subjectAltName.
    std::chrono::sys_seconds not_after;
    /// Made by the hub, as none is configured: only a pin can vouch for it.
    bool self_made = false;
    ssl_ctx_ptr server; ///< shows it to peers that connect.
    ssl_ctx_ptr client; ///< shows it to servers that ask for it.
  };

  using loaded = tl::expected<std::shared_ptr<const tls_store>, std::string>;

  /// Loads the files that `config.tls` names. If it names no certificate, makes a self-signed one
  /// for `local_domains` in `config.hub.state_dir`.
  /// @param previous the store that this one replaces. Its tickets stay valid, unless the policy of
  /// sessions has changed.
  /// @param use with `look`, nothing is written to the state folder.
  /// @returns an error that names the file.
  static loaded load(const conf::config& config, const std::vector<domain_pattern>& local_domains,
                     const tls_store* previous = nullptr,
                     std::chrono::sys_seconds now =
                       std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()),
                     state_use use = state_use::make);

  /// Makes a server-side session. The certificate is chosen by SNI, else by `to`, else it is the
  /// first one.
  ssl_ptr accept(const domain_name& to, tls_start how = tls_start::starttls) const;

  /// Makes a client-side session with `target`, named by SNI. If the server asks, the session shows
  /// `tls.client_certificate`, else the certificate that covers `sender`, else none. It also shows
  /// a self-signed one, since the peer may have pinned it.
  ssl_ptr connect(const domain_name& target, const domain_name& sender = {},
                  tls_start how = tls_start::starttls) const;

  /// Returns whether the certificate that `connect` shows has the name `sender`, so that SASL
  /// EXTERNAL may succeed.
  bool covers(const domain_name& sender) const;

  /// Judges the peer's certificate after the handshake, of a new or a resumed session.
  /// @param domains see `judge_certificate`.
  certificate_verdict judge(const SSL& session, peer_role peer, std::chrono::sys_seconds now,
                            std::span<const domain_name> domains) const;

  /// Does the same for certificates that the session no longer holds. @param sent may be null.
  path_result check(X509& leaf, STACK_OF(X509) * sent, peer_role peer,
                    std::chrono::sys_seconds now) const;
  /// Identifies the policy by which peers' certificates are judged: trust anchors, CRLs, purposes,
  /// versions.
  const sha256_digest& policy() const { return environment_.policy; }

  /// Compares the peer's certificates with TLSA records. @param names see `match_dane`.
  dane_result match(const SSL& session, peer_role peer, std::chrono::sys_seconds now,
                    std::span<const tlsa_record> records, std::span<const domain_name> names) const;

  /// Compares the chain that a peer is shown for `domain` with the domain's own TLSA records, as
  /// the peer would. @param names see `match_dane`.
  dane_result match_own(const domain_name& domain, std::chrono::sys_seconds now,
                        std::span<const tlsa_record> records,
                        std::span<const domain_name> names) const;

  /// Returns the certificate that a peer is shown for a domain, if it has the domain's name: the
  /// first with the exact name, else with a wildcard. Null if there is none.
  const certificate* covering(const domain_name& name) const;

  /// Returns those of `local_domains` that no configured certificate names. For "*.x" a certificate
  /// needs the wildcard; certificates can cover only one label below x.
  std::vector<domain_pattern> uncovered(const std::vector<domain_pattern>& local_domains) const;

  /// Returns the faults with which the hub can still run, each with key and file, for the log.
  const std::vector<std::string>& warnings() const { return warnings_; }

  /// Returns when to renew the self-signed certificate, by loading again; nothing if there is none.
  std::optional<std::chrono::sys_seconds> renewal_due() const;

  /// Overwrites expired ticket keys and sessions. Cheap. Call it every few seconds, since a hub
  /// without handshakes does it nowhere else.
  void expire_sessions(std::chrono::steady_clock::time_point now,
                       std::chrono::sys_seconds wall_clock) const;

  /// Returns the certificates; never empty.
  const std::vector<certificate>& certificates() const { return certificates_; }

  /// Returns `tls.client_certificate`; null if none is configured.
  const certificate* client_certificate() const { return client_certificate_.get(); }

  /// The callback of OpenSSL for SNI in the ClientHello.
  static int on_server_name(SSL* session, int* alert, void*);

private:
  tls_store() = default;

  tl::expected<void, std::string> load_trust(const conf::tls_config& config);
  tl::expected<void, std::string>
  load_certificates(const conf::config& config, const std::vector<domain_pattern>& local_domains,
                    std::chrono::sys_seconds now, state_use use);
  tl::expected<certificate, std::string>
  load_self_signed(const conf::config& config, const std::vector<domain_pattern>& local_domains,
                   std::chrono::sys_seconds now, state_use use);
  certificate make_certificate(std::string label) const;
  tl::expected<certificate, std::string> complete(certificate certificate,
                                                  const conf::certificate_files& files,
                                                  std::chrono::sys_seconds now);
  tl::expected<certificate, std::string> load_certificate(const conf::certificate_files& files,
                                                          std::string label,
                                                          std::chrono::sys_seconds now);
  void load_staple(const std::filesystem::path& file, SSL_CTX* context,
                   std::chrono::sys_seconds now);
  void warn_of_size(const std::filesystem::path& file, const SSL_CTX* context);

  trust_store trust_;
  eku_policy accept_eku_ = eku_policy::server;
  tls_environment environment_; ///< copied into each context.
  std::vector<certificate> certificates_;
  std::unique_ptr<certificate> client_certificate_;
  ssl_ctx_ptr client_; ///< shows no certificate.
  std::vector<std::string> warnings_;
};

} // namespace fedhub
