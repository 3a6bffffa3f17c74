// The verdict on what a TLS peer presented: path, names, purpose, and what to log about it.
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

/// Says what was found, all of it, and decides nothing: whether a peer without a good path may go
/// on (by dialback, a pin, DANE) is policy.
struct certificate_verdict {
  path_result path; ///< `no_certificate`: all below is empty.

  std::vector<name_match> names; ///< one for each domain asked for, in that order.
  bool names_cut = false;        ///< there were more than `presented_names::max_names`.
  bool names_malformed = false;  ///< some name, or all of them, could not be read.

  eku_class eku = eku_class::none;
  std::chrono::sys_seconds not_before{}; ///< the epoch if the field is malformed.
  std::chrono::sys_seconds not_after{};

  /// Distinguished names in RFC 4514's form, printable ASCII (the rest as \XX), at most
  /// `max_shown_name` octets.
  std::string subject, issuer;

  sha256_digest sha256{}; ///< of the certificate in DER: its fingerprint.
  sha256_digest
    spki_sha256{}; ///< of its subjectPublicKeyInfo in DER: what pins and TLSA 3 1 1 hold.

  static constexpr size_t max_shown_name = 256;

  /// Whether the path holds and one of the names matched `domain`. False for a domain not asked
  /// for.
  bool proves(const domain_name& domain) const;
};

/// Evaluates the certificate for each of `domains`. The work is bounded by the size of the peer's
/// certificate message, by `max_path` and by `presented_names::max_names`.
///
/// For a further domain on the same stream (another sender domain, XEP-0178 §3): `match_name` with
/// the names of the same certificate, and the verdict's path.
certificate_verdict judge_certificate(const path_request& x, std::span<const domain_name> domains);

} // namespace fedhub
