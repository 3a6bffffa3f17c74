// How far OpenSSL may read on by itself.
#pragma once

#include <cstdint>

#include <openssl/ssl.h>

namespace fedhub {

class socket_io;

/// Kept with the BIO of a TLS connection: OpenSSL goes on from record to record as long as these
/// hold no data, and a peer that sends nothing else would keep it, and the worker, busy. Belongs to
/// the connection's actor.
struct tls_reading {
  socket_io* socket = nullptr;
  /// So many times OpenSSL may read the socket in the call at hand; then it is told that there is
  /// nothing more.
  uint32_t reads_left = 0;
  bool starved = false;      ///< in the call at hand, the socket had nothing more.
  uint64_t without_data = 0; ///< records that held no data, at least so many.

  /// To be called before each call that reads.
  void begin();
  /// The call wanted to read on, and there is more.
  bool interrupted() const { return !starved; }
};

/// @pre `x` reads from a `socket_io`.
tls_reading& reading_of(const SSL* x);

} // namespace fedhub
