// What a peer's certificate proves of a domain, by the rules in force for it.
#pragma once

#include <string_view>

#include "protocol/certificate/peer_certificate.hpp"
#include "protocol/errors/sasl_failure.hpp"

namespace fedhub {

/// Whether the peer may speak for a domain without dialback, and if not, what it is told. All that
/// the stream machines know of certificates; who made it may have gone by a path, a pin or DANE.
struct identity_proof {
  bool proven = false;
  sasl_failure why = sasl_failure::not_authorized; ///< what an attempt of EXTERNAL is answered, if
                                                   ///< not proven.
  std::string_view detail = {}; ///< goes with `why`, for log and peer: a static text.
};

/// The proof by path and name alone (the trust method `pkix`), in this order:
/// - proven if path and name hold;
/// - `credentials-expired` if the certificate was good until it ran out;
/// - `temporary-auth-failure` if the hub lacks the CRL to tell;
/// - `not-authorized` for any other reason.
/// @param match of the domain with the names in the certificate.
identity_proof prove_by_path(const path_result& path, const name_match& match);

} // namespace fedhub
