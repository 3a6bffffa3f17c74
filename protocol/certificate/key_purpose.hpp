// The purposes of a certificate's key: RFC 5280 §4.2.1.12.
#pragma once

#include <cstdint>
#include <string_view>

#include <openssl/types.h>

namespace fedhub {

/// The extended key usage of a certificate as far as it matters to TLS.
enum class eku_class : uint8_t {
  none,   ///< no such extension: good for every purpose.
  server, ///< serverAuth.
  client, ///< clientAuth.
  both,
  other, ///< neither; a lone anyExtendedKeyUsage counts as neither.
};

/// Returns "none", "server", "client", "both" or "other": log word and metric label.
std::string_view to_string(eku_class eku_class);

/// Classifies a certificate by its extended key usage.
eku_class eku_class_of(const X509& certificate);

/// The purpose that a certificate needs if its peer *initiates* a stream (`tls.accept_eku`). A
/// certificate without extended key usage is good for every purpose. Public CAs stop issuing
/// clientAuth in 2026, so the default is the purpose that every server's certificate has.
enum class eku_policy : uint8_t {
  server, ///< serverAuth.
  client, ///< clientAuth: the purpose that TLS defines for a client's certificate.
  any,    ///< serverAuth or clientAuth.
};

/// Returns "server", "client" or "any": the values of the key.
std::string_view to_string(eku_policy policy);

} // namespace fedhub
