// What OpenSSL need not hold of a TLS session once it is up.
#pragma once

#include <openssl/ssl.h>

namespace fedhub {

/// Lets go of what the receiving end of a TLS 1.3 session keeps for later handshakes only: the
/// session object, and in it the client's certificate, parsed: 5.6 KiB for one of P-256. The
/// stream, its keys, key updates, and tickets that the client has go on working; what the client
/// presented can't be asked for any more.
///
/// OpenSSL has no call of its own for this. Those that it consists of are public, but not
/// documented for a session that is up, so nothing is done with other versions than 3.0, of which
/// tests/unit/actors/tls/tls_slimming_test.cpp shows that it holds.
/// @returns whether it was done; if not, all is as it was.
bool slim_session(SSL& x);

} // namespace fedhub
