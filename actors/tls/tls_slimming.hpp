// Frees the parts of a TLS session that OpenSSL no longer needs.
#pragma once

#include <openssl/ssl.h>

namespace fedhub {

/// Frees what the receiving end of a TLS 1.3 session keeps only for later handshakes: the session
/// object with the client's parsed certificate, 5.6 KiB for P-256. The stream, its keys, key
/// updates, and tickets that the client has still work. The client's certificate is not available
/// any more.
///
/// OpenSSL has no call for this. It is made of public calls, which are not documented for an
/// established session. So it is done with OpenSSL 3.0 only, for which
/// tests/unit/actors/tls/tls_slimming_test.cpp verifies it.
/// @returns whether it was done; if not, nothing has changed.
bool slim_session(SSL& ssl);

} // namespace fedhub
