// Converts times of certificates, CRLs and OCSP responses.
#pragma once

#include <chrono>

#include <openssl/types.h>

namespace fedhub {

/// Converts a time to whole seconds. Nanoseconds since 1970 would end in 2262, and certificates
/// without a well-defined end are valid until 9999 (RFC 5280 §4.1.2.5).
/// @returns the epoch if `time` is malformed.
std::chrono::sys_seconds to_sys_seconds(const ASN1_TIME* time);

} // namespace fedhub
