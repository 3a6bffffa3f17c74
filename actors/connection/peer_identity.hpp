// The identity of a TLS peer: the certificate that it presented, and the domains that this proves.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <openssl/ssl.h>

#include "actors/dns/resolver.hpp"
#include "actors/rules/trust_policy.hpp"
#include "actors/tls/kept_certificates.hpp"
#include "actors/tls/tls_store.hpp"
#include "metrics/labels.hpp"
#include "protocol/admin/stream_row.hpp"
#include "protocol/certificate/peer_certificate.hpp"

namespace fedhub {

struct hub;

/// Judges the certificate of one connection's TLS peer once. Then answers for each domain whether
/// it is proved, by the trust rules in force at that moment. Belongs to its connection.
class peer_identity {
public:
  peer_identity(hub& its_hub, stream_leg leg) : hub_(its_hub), leg_(leg) {}

  /// Judges the certificate presented in the handshake, counts the verdict, and keeps the parts
  /// that can prove a domain.
  /// @param session stays alive until `forget` or the end of this object.
  /// @param role the hub's role in the session.
  /// @returns the verdict in one line, for the log.
  std::string present(SSL& session, const tls_store& store, tls_role role);
  /// Frees OpenSSL's copy of the certificate (`slim_session`), since the stream is in use. Keeps
  /// the names of a certificate with a good path, since they may prove further domains. DANE has
  /// been asked before for the domain that the stream was opened for, and is not asked for any
  /// other domain. Also keeps a certificate with a good path, once for all streams that have shown
  /// it, so that it can be judged again.
  void slim();
  /// Judges the path again, since trust anchors, CRLs or purposes have changed. A certificate that
  /// was freed and not kept proves nothing from now on.
  void judge_again(const tls_store& store);
  /// Forgets the peer, since the session is about to be freed. Nothing is proved any more.
  void forget();

  /// Returns whether TLSA records are needed to decide if the domain is proved.
  bool wants_dane(const domain_name& remote) const;
  /// Notes the TLSA records that were found for one endpoint of the domain. @returns whether the
  /// certificate matches.
  bool note_tlsa(const domain_name& remote, const tlsa_endpoint& endpoint, const tlsa_set& found);

  /// Returns what proves a remote domain. Without TLS nothing does.
  certificate_proof proof(const domain_name& remote) const;

  /// Returns whether dialback alone may prove the domain. Counts and logs each violation of the
  /// trust rule, even if the rule is `report_only` and lets it pass.
  bool dialback_enough(const domain_name& remote) const;
  /// Returns the same as `dialback_enough`, without counting and logging. For a domain that was
  /// accepted before.
  bool dialback_stands(const domain_name& remote) const;

  /// Returns whether the peer of a stream that the hub opened may be taken for the domain. If the
  /// certificate proves nothing, only DNS vouches for the peer; then `dialback_enough` decides.
  bool acceptable(const domain_name& remote) const {
    return proof(remote) || dialback_enough(remote);
  }

  /// Returns whether `federation.require_verified` allows stanzas for the domain to go to this
  /// peer. Counts and logs a peer that only DNS vouches for.
  bool may_get_stanzas(const domain_name& remote) const;
  /// Returns the same as `may_get_stanzas`, without counting and logging. For a pair that was
  /// authorised before.
  bool still_gets_stanzas(const domain_name& remote) const;

  /// Returns the certificate as the API shows it; nothing without TLS. A certificate that was freed
  /// and not kept has a verdict only.
  std::optional<admin::certificate_row> describe() const;

  bool secured() const { return presented_ != nullptr; }

private:
  /// Records a verdict of the trust rules in the history.
  void record(const domain_name& remote, bool refused, std::string_view rule) const;

  hub& hub_;
  stream_leg leg_;
  /// The state of a peer on TLS.
  struct presentation {
    SSL& session;
    path_result path;
    sha256_digest spki;
    peer_role peer;
    bool slim = false; ///< the session holds no certificate any more; `names` and `chain` remain.
    /// The result for the last domain. No other result is kept: names are many and seldom asked for
    /// twice.
    std::unique_ptr<const name_match> last = {};
    std::unique_ptr<const presented_names> names = {};
    /// Null: no domain was asked for.
    std::unique_ptr<std::unordered_map<domain_name, dane_answer>> dane = {};
    bool dane_by_authority = false; ///< a match relied on trust anchors (RFC 6698: usage 0 or 1).
    /// For a slim session with a good path: the peer's certificate, and the certificates sent with
    /// it. Empty if they are too many or too large.
    std::vector<kept_certificates::certificate> chain = {};

    /// Returns how the names in the certificate match the domain. Without a good path no name
    /// matches.
    const name_match& match(const domain_name& remote);
    bool certified() const { return path.status != path_status::no_certificate; }
    bool asked_dane(const domain_name& x) const { return dane && dane->contains(x); }
  };

  std::unique_ptr<presentation> presented_;
};

} // namespace fedhub
