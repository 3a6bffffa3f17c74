// How large certificates are in a TLS handshake, and how large they may be.
#pragma once

#include <cstddef>

#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace fedhub {

/// What OpenSSL takes of a peer (`SSL_CTX_set_max_cert_list`) unless it is told otherwise: nearly
/// every server. Beyond it a handshake ends with the alert illegal_parameter.
inline constexpr size_t max_certificate_message = SSL_MAX_CERT_LIST_DEFAULT;

/// What Java takes (`jdk.tls.maxHandshakeMessageSize`), and so Openfire.
inline constexpr size_t widely_accepted_certificate_message = 32768;

/// Octets of the handshake message that carries these certificates, in the version of TLS where it
/// is larger (RFC 8446 §4.4.2).
/// @param chain what goes along with `own`; may be null.
/// @param staple_octets the OCSP response; 0: none.
size_t certificate_message_octets(const X509* own, const STACK_OF(X509) * chain,
                                  size_t staple_octets = 0);

} // namespace fedhub
