// Whether a certificate chain leads to a trust anchor: RFC 5280 §6.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

#include "protocol/certificate/key_purpose.hpp"
#include "protocol/certificate/trust_store.hpp"

namespace fedhub {

/// What there is to say about a chain: its first fault, or none.
enum class path_status : uint8_t {
  ok,
  no_certificate,     ///< the peer showed none.
  malformed,          ///< an extension, key or time cannot be read, or one comes twice.
  self_signed,        ///< the certificate is its own issuer, and not in the trust store.
  unknown_ca,         ///< no path to the trust store; also if an intermediate was not sent.
  not_a_ca,           ///< an issuer may not issue: CA:FALSE, or nothing says that it is one.
  path_too_long,      ///< an issuer's path length, or `max_path`.
  name_not_permitted, ///< the name constraints of an issuer.
  bad_purpose,        ///< key usage or extended key usage.
  critical_extension, ///< one that is critical and unknown.
  weak_key,           ///< under 112 bits of security: RSA under 2048, ECC under 224.
  weak_signature,     ///< a digest under 112 bits: MD5, SHA-1.
  bad_signature,      ///< the issuer's signature does not hold.
  not_yet_valid,
  expired,
  revoked,
  crl_missing, ///< `crl_rule::always`: an issuer's CRL is not there.
  crl_expired, ///< the issuer's CRL should have been replaced by a newer one.
  crl_invalid, ///< not yet valid, not signed by the issuer, or of a kind that is not understood.
  rejected,    ///< anything else; see the verdict's detail.
};

inline constexpr size_t path_status_count = static_cast<size_t>(path_status::rejected) + 1;

/// The name with dashes, e.g. "unknown-ca": log word and metric label.
std::string_view to_string(path_status x);

/// When revocation lists are asked for.
enum class crl_rule : uint8_t {
  where_known, ///< an issuer without CRL in the trust store is passed over; one that has it counts.
  always,      ///< every issuer of the path must have one that is in force.
};

/// Who showed the certificate.
enum class peer_role : uint8_t {
  receiving,  ///< it is the TLS server: its certificate must be good for one, whatever the policy.
  initiating, ///< it is the TLS client.
};

struct path_request {
  X509* leaf = nullptr;            ///< null: the peer showed none.
  STACK_OF(X509) * sent = nullptr; ///< what else it sent, in any order, untrusted; may be null.
  const trust_store& trust;
  std::chrono::sys_seconds now;
  peer_role peer = peer_role::receiving;
  eku_policy accept_eku = eku_policy::server;
  crl_rule crls = crl_rule::where_known;
};

/// Longest path: certificates between the peer's own and the trust anchor. Those of public CAs have
/// one or two.
inline constexpr int max_path = 8;

struct path_result {
  path_status status = path_status::no_certificate;
  int depth = 0; ///< of the faulty certificate: 0 the peer's own, 1 its issuer, …
  /// The trust store has CRLs, but none of some issuer on the path, and `where_known` let it pass.
  bool crl_absent = false;
  std::string_view detail = {}; ///< the fault in OpenSSL's words: a static text.
};

/// Builds and checks the path.
///
/// Security level 2 of OpenSSL (112 bits) holds for keys and signatures, whatever the system's
/// default is. An issuer that is no trust anchor must be a CA by its basicConstraints (§6.1.4 (k)).
/// Several faults: the first in OpenSSL's order, which is path, purpose and CA, strength,
/// revocation, signatures and times, name constraints.
///
/// Leaves nothing in OpenSSL's error queue.
/// @param issuers gets the certificates of a path that holds, from the peer's issuer to the trust
///        anchor; may be null.
path_result check_path(const path_request& x, std::vector<openssl_ptr<X509>>* issuers = nullptr);

} // namespace fedhub
