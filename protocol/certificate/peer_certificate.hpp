// The verdict on a TLS peer's certificate: path, names, purpose, and facts for the log.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "protocol/certificate/certificate_path.hpp"
#include "protocol/certificate/key_purpose.hpp"
#include "protocol/certificate/presented_names.hpp"
#include "protocol/text/domain_name.hpp"
#include "protocol/text/sha256_digest.hpp"

namespace fedhub {

/// What a certificate says of itself.
struct certificate_facts {
  std::chrono::sys_seconds not_before{}; ///< the epoch if the field is malformed.
  std::chrono::sys_seconds not_after{};

  /// Distinguished names in RFC 4514's form, in printable ASCII with other octets as \XX, of at
  /// most `max_shown_name` octets.
  std::string subject, issuer;

  sha256_digest sha256{}; ///< of the certificate in DER: its fingerprint.

  static constexpr size_t max_shown_name = 256;
};

/// Reads a certificate without judging it.
certificate_facts facts_of(const X509& certificate);

/// Reports everything that was found, and decides nothing. Whether a peer without a valid path may
/// go on (by dialback, a pin, DANE) is a matter of policy.
struct certificate_verdict : certificate_facts {
  path_result path; ///< if `no_certificate`, all other fields are empty.

  std::vector<name_match> names; ///< one for each requested domain, in the order of the request.
  bool names_cut = false;        ///< there were more than `presented_names::max_names`.
  bool names_malformed = false;  ///< some or all names could not be read.

  eku_class eku = eku_class::none;
  /// Of its subjectPublicKeyInfo in DER, as pins and TLSA 3 1 1 records hold it.
  sha256_digest spki_sha256{};

  /// Returns whether the path is valid and one of the names matched `domain`. Returns false for a
  /// domain that was not requested.
  bool proves(const domain_name& domain) const;
};

/// Evaluates the certificate for each of `domains`. The work is bounded by the size of the peer's
/// certificate message, by `max_path` and by `presented_names::max_names`.
///
/// For a further domain on the same stream (another sender domain, XEP-0178 §3), call `match_name`
/// with the names of the same certificate, and use the verdict's path.
certificate_verdict judge_certificate(const path_request& request,
                                      std::span<const domain_name> domains);

} // namespace fedhub
