// Who is at the other end of a TLS session: what was presented, and what that proves.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include <openssl/ssl.h>

#include "actors/dns/resolver.hpp"
#include "actors/rules/trust_policy.hpp"
#include "actors/tls/kept_certificates.hpp"
#include "actors/tls/tls_store.hpp"
#include "metrics/labels.hpp"
#include "protocol/certificate/peer_certificate.hpp"

namespace fedhub {

struct hub;

/// What the TLS peer of one connection presented, judged once, and asked for domain by domain by
/// the trust rules in force at that moment. Belongs to its connection.
class peer_identity {
public:
  peer_identity(hub& x, stream_leg leg) : hub_(x), leg_(leg) {}

  /// Judges what was presented in the handshake, counts it and keeps what proves anything.
  /// @param session stays alive until `forget` or the end of this object.
  /// @param role of the hub in it.
  /// @returns the verdict in one line, for the log.
  std::string present(SSL& session, const tls_store& store, tls_role role);
  /// The stream is in use: OpenSSL lets go of what further domains on it can't need, as
  /// `slim_session` does it; for those that the certificate may prove, the names are kept. DANE
  /// has been asked by then, for the domain that the stream was opened for; of no other it is.
  /// A certificate with a good path is kept apart, once for all streams that have shown it, so that
  /// it can be judged again.
  void slim();
  /// Trust anchors, CRLs or purposes have changed: judges the path again. Where the certificate is
  /// not at hand any more, it proves nothing from now on.
  void judge_again(const tls_store& store);
  /// The session is going. Nothing is proved any more.
  void forget();

  /// Whether TLSA records have to be asked for to tell what is proved of the domain.
  bool wants_dane(const domain_name& remote) const;
  /// What was found for one endpoint of the domain. @returns whether the certificate matches.
  bool note_tlsa(const domain_name& remote, const tlsa_endpoint& endpoint, const tlsa_set& found);

  /// What is proved of a remote domain. Without TLS nothing is.
  certificate_proof proof(const domain_name& remote) const;

  /// Whether dialback alone may prove the domain; what a rule with `report_only` lets pass is
  /// counted and logged here.
  bool dialback_enough(const domain_name& remote) const;
  /// The same, neither counted nor logged: of a domain that was let in before.
  bool dialback_stands(const domain_name& remote) const;

  /// Whether this stream's peer may be taken for the domain without any proof but DNS's, as a
  /// stream that the hub opened: as `dialback_enough`.
  bool acceptable(const domain_name& remote) const {
    return proof(remote) || dialback_enough(remote);
  }

  /// Whether stanzas for the domain may go to this peer by `federation.require_verified`; counts
  /// and logs if nothing but DNS says who it is.
  bool may_get_stanzas(const domain_name& remote) const;
  /// The same, neither counted nor logged: of a pair that was authorised before.
  bool still_gets_stanzas(const domain_name& remote) const;

  bool secured() const { return presented_ != nullptr; }

private:
  hub& hub_;
  stream_leg leg_;
  /// Of a stream on TLS.
  struct presentation {
    SSL& session;
    path_result path;
    sha256_digest spki;
    peer_role peer;
    bool slim = false; ///< the session has no certificate any more; `names` are what is left.
    /// The names in the certificate are read again for each domain asked for: they are many, and
    /// seldom asked for twice.
    std::unique_ptr<const name_match> last = {};
    std::unique_ptr<const presented_names> names = {};
    std::unique_ptr<std::unordered_map<domain_name, dane_answer>> dane = {}; ///< if any was asked.
    bool dane_by_authority = false; ///< a match relied on trust anchors (RFC 6698: usage 0 or 1).
    /// Of a slim session with a good path: the peer's certificate, and those sent with it. Empty
    /// if they are too many or too large.
    std::vector<kept_certificates::certificate> chain = {};

    /// What the names in the certificate say of the domain. Those of one without a good path prove
    /// nothing.
    const name_match& match(const domain_name& remote);
    bool certified() const { return path.status != path_status::no_certificate; }
    bool asked_dane(const domain_name& x) const { return dane && dane->contains(x); }
  };

  std::unique_ptr<presentation> presented_;
};

} // namespace fedhub
