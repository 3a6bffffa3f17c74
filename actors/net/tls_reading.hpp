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
  bool starved = false;           ///< in the call at hand, the socket had nothing more.
  uint32_t records_left = 0;      ///< after so many records the call may read the socket no more.
  uint64_t records_with_none = 0; ///< records since the handshake that gave no data.
  bool reads_data = false;        ///< the call at hand is for data.
  bool answers_held = false;      ///< the call answers no more records.
  bool held_back = false;         ///< in the call at hand, one was not.

  /// To be called before each call that reads.
  /// @param data it is for data: it can be called again at once when answers are held back.
  void begin(bool data = false);
  /// The head of a record was read. OpenSSL takes all that its buffer holds in one call, so that
  /// the calls tell nothing of how many there were.
  void record_begins();
  /// The call wanted to read on, and there is more.
  bool interrupted() const { return !starved; }
};

/// @pre `x` reads from a `socket_io`.
tls_reading& reading_of(const SSL* x);

/// Has the records that `x` reads counted.
/// @pre `x` reads from a `socket_io`.
void count_records(SSL* x);

} // namespace fedhub
