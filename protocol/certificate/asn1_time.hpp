// Times in certificates, CRLs and OCSP responses.
#pragma once

#include <chrono>

#include <openssl/types.h>

namespace fedhub {

/// In whole seconds, as nanoseconds since 1970 end in 2262 and certificates without a well-defined
/// end in 9999 (RFC 5280 §4.1.2.5).
/// @returns the epoch if `x` is malformed.
std::chrono::sys_seconds to_sys_seconds(const ASN1_TIME* x);

} // namespace fedhub
