// The OCSP response that the hub staples to its certificate: RFC 6066 §8, RFC 6960.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include <openssl/x509.h>

#include <tl/expected.hpp>

namespace fedhub {

struct ocsp_staple {
  std::string der;
  std::chrono::sys_seconds next_update; ///< it must not be sent from then on.
};

/// Reads a response and checks whether it is useful: it reports "good" for this certificate, now
/// and until a given time. If the chain has the issuer, the response has to be signed by it, or by
/// a responder whose certificate is in the response. Whether the issuer has authorised that
/// responder is left to the peers to check.
/// @param chain the certificates sent along with `certificate`; may be null.
/// @returns the staple, or why the response is not useful.
tl::expected<ocsp_staple, std::string> read_ocsp_staple(std::string_view der, X509& certificate,
                                                        STACK_OF(X509) * chain,
                                                        std::chrono::sys_seconds now);

} // namespace fedhub
