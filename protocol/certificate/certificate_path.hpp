// Checks whether a certificate chain leads to a trust anchor: RFC 5280 §6.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

#include "protocol/certificate/key_purpose.hpp"
#include "protocol/certificate/trust_store.hpp"

namespace fedhub {

/// The verdict on a chain: its first fault, or none.
enum class path_status : uint8_t {
  ok,
  no_certificate,     ///< the peer presented none.
  malformed,          ///< an extension, key or time cannot be read, or an extension occurs twice.
  self_signed,        ///< the certificate is its own issuer, and not in the trust store.
  unknown_ca,         ///< no path leads to the trust store; also if an intermediate was not sent.
  not_a_ca,           ///< an issuer is no CA: it says CA:FALSE, or nothing says that it is one.
  path_too_long,      ///< the path exceeds an issuer's path length, or `max_path`.
  name_not_permitted, ///< an issuer's name constraints forbid a name.
  bad_purpose,        ///< key usage or extended key usage forbids this use.
  critical_extension, ///< an extension is critical and unknown.
  weak_key,           ///< a key has under 112 bits of security: RSA under 2048, ECC under 224.
  weak_signature,     ///< a digest under 112 bits: MD5, SHA-1.
  bad_signature,      ///< the issuer's signature is wrong.
  not_yet_valid,
  expired,
  revoked,
  crl_missing, ///< by `crl_rule::always`: the trust store has no CRL of an issuer.
  crl_expired, ///< the issuer's CRL should have been replaced by a newer one.
  crl_invalid, ///< a CRL is not yet valid, not signed by the issuer, or of an unsupported kind.
  rejected,    ///< any other fault; see the verdict's detail.
};

inline constexpr size_t path_status_count = static_cast<size_t>(path_status::rejected) + 1;

/// Returns the name with dashes, e.g. "unknown-ca": log word and metric label.
std::string_view to_string(path_status status);

/// Which issuers on a path must have a CRL.
enum class crl_rule : uint8_t {
  where_known, ///< none must; the CRL of an issuer that has one in the trust store is applied.
  always,      ///< every issuer on the path must have a CRL in force.
};

/// The peer's role in the TLS handshake.
enum class peer_role : uint8_t {
  receiving,  ///< TLS server: its certificate must be good for a server, whatever the policy.
  initiating, ///< TLS client.
};

struct path_request {
  X509* leaf = nullptr; ///< null: the peer presented none.
  /// The peer's other certificates, in any order, untrusted; may be null.
  STACK_OF(X509) * sent = nullptr;
  const trust_store& trust;
  std::chrono::sys_seconds now;
  peer_role peer = peer_role::receiving;
  eku_policy accept_eku = eku_policy::server;
  crl_rule crls = crl_rule::where_known;
};

/// The longest path, in certificates between the peer's own and the trust anchor. Paths of public
/// CAs have one or two.
inline constexpr int max_path = 8;

struct path_result {
  path_status status = path_status::no_certificate;
  int depth = 0; ///< of the faulty certificate: 0 is the peer's own, 1 its issuer, …
  /// The trust store has CRLs, but not of every issuer on the path, and `where_known` permitted
  /// that.
  bool crl_absent = false;
  std::string_view detail = {}; ///< the fault in OpenSSL's words: a static text.
};

/// Builds and checks the certificate path.
///
/// Keys and signatures must have OpenSSL's security level 2 (112 bits), whatever the system's
/// default is. An issuer that is no trust anchor must be a CA by its basicConstraints (§6.1.4 (k)).
/// Of several faults the result names the first in OpenSSL's order: path, purpose and CA, strength,
/// revocation, signatures and times, name constraints.
///
/// Leaves nothing in OpenSSL's error queue.
/// @param issuers receives the certificates of a valid path, from the peer's issuer to the trust
/// anchor; may be null.
path_result check_path(const path_request& request,
                       std::vector<openssl_ptr<X509>>* issuers = nullptr);

} // namespace fedhub
