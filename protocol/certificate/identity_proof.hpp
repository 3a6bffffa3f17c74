// Says whether a peer's certificate proves a domain, by the rules in force for that domain.
#pragma once

#include <string_view>

#include "protocol/certificate/peer_certificate.hpp"
#include "protocol/errors/sasl_failure.hpp"

namespace fedhub {

/// Whether the peer may speak for a domain without dialback, and if not, why. The stream machines
/// know nothing else of certificates. The proof may rest on a path, a pin or DANE.
struct identity_proof {
  bool proven = false;
  /// If not proven: the answer to an attempt of EXTERNAL.
  sasl_failure why = sasl_failure::not_authorized;
  std::string_view detail = {}; ///< the reason for `why`, for log and peer: a static text.
};

/// Derives the proof from path and name alone (the trust method `pkix`), in this order:
/// - proven if the path is valid and the name matches;
/// - `credentials-expired` if the certificate was valid until it expired;
/// - `temporary-auth-failure` if the hub lacks a CRL to decide;
/// - `not-authorized` for any other reason.
/// @param match of the domain with the names in the certificate.
identity_proof prove_by_path(const path_result& path, const name_match& match);

} // namespace fedhub
