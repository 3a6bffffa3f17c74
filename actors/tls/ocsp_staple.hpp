// An OCSP response that the hub staples to its certificate: RFC 6066 §8, RFC 6960.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include <openssl/x509.h>

#include <tl/expected.hpp>

namespace fedhub {

struct ocsp_staple {
  std::string der;
  std::chrono::sys_seconds next_update; ///< not to be shown from then on.
};

/// Reads a response and looks whether it is worth showing: it says "good" of this certificate, now,
/// and until a given time; and if the chain has the issuer, it is signed by it or by a responder
/// whose certificate is in the response. Whether the issuer wanted that responder is for the peers
/// to check.
/// @param chain what is sent along with `certificate`; may be null.
/// @returns or what is wrong with it.
tl::expected<ocsp_staple, std::string> read_ocsp_staple(std::string_view der, X509& certificate,
                                                        STACK_OF(X509) * chain,
                                                        std::chrono::sys_seconds now);

} // namespace fedhub
