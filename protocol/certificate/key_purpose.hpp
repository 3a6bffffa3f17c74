// What a certificate says that its key is for: RFC 5280 §4.2.1.12.
#pragma once

#include <cstdint>
#include <string_view>

#include <openssl/types.h>

namespace fedhub {

/// The extended key usage of a certificate as far as it matters to TLS.
enum class eku_class : uint8_t {
  none,   ///< no such extension: good for everything.
  server, ///< serverAuth.
  client, ///< clientAuth.
  both,
  other, ///< neither; anyExtendedKeyUsage by itself is taken for none of them.
};

/// "none", "server", "client", "both", "other": log word and metric label.
std::string_view to_string(eku_class x);

eku_class eku_class_of(const X509& certificate);

/// What the certificate of a peer that *initiates* a stream must be good for (`tls.accept_eku`);
/// one without extended key usage is good for all. Public CAs stop issuing clientAuth in 2026, so
/// the default is what a server has anyway.
enum class eku_policy : uint8_t {
  server, ///< serverAuth.
  client, ///< clientAuth: what TLS itself means by a client's certificate.
  any,    ///< either of the two.
};

/// "server", "client", "any": the values of the key.
std::string_view to_string(eku_policy x);

} // namespace fedhub
