// The size of certificates in a TLS handshake, and its limits.
#pragma once

#include <cstddef>

#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace fedhub {

/// The size that OpenSSL accepts from a peer by default (`SSL_CTX_set_max_cert_list`), and so
/// nearly every server. A larger message ends the handshake with the alert illegal_parameter.
inline constexpr size_t max_certificate_message = SSL_MAX_CERT_LIST_DEFAULT;

/// The size that Java accepts (`jdk.tls.maxHandshakeMessageSize`), and so Openfire.
inline constexpr size_t widely_accepted_certificate_message = 32768;

/// Returns the octets of the handshake message that carries these certificates, in the version of
/// TLS in which it is larger (RFC 8446 §4.4.2).
/// @param chain the certificates sent along with `own`; may be null.
/// @param staple_octets the size of the OCSP response; 0: none.
size_t certificate_message_octets(const X509* own, const STACK_OF(X509) * chain,
                                  size_t staple_octets = 0);

} // namespace fedhub
