// Bounds how far OpenSSL reads in one call.
#pragma once

#include <cstdint>

#include <openssl/ssl.h>

namespace fedhub {

class socket_io;

/// The state of reading a TLS connection, stored with its BIO. In one call, OpenSSL reads records
/// until one holds data. Without a bound, a peer that sends only records without data would keep
/// OpenSSL, and so the worker, busy. Belongs to the connection's actor.
struct tls_reading {
  socket_io* socket = nullptr;
  /// How many times OpenSSL may still read the socket in this call. After that it gets "nothing
  /// more".
  uint32_t reads_left = 0;
  bool starved = false;      ///< in this call, the socket had nothing more.
  uint32_t records_left = 0; ///< records left in this call; at 0 it may not read the socket again.
  uint64_t records_with_none = 0; ///< records since the handshake that had no data.
  bool reads_data = false;        ///< this call reads data.
  bool answers_held = false;      ///< this call may not answer further records.
  bool held_back = false;         ///< in this call, an answer was held back.

  /// Call before each call of OpenSSL that reads.
  /// @param data it reads data: if answers are held back, it can be called again at once.
  void begin(bool data = false);
  /// Call when the head of a record was read. OpenSSL reads all records in its buffer in one call,
  /// so the number of calls does not show how many records there were.
  void record_begins();
  /// Returns whether the call stopped although the socket may have more.
  bool interrupted() const { return !starved; }
};

/// Returns the state of a TLS connection. @pre `ssl` reads from a `socket_io`.
tls_reading& reading_of(const SSL* ssl);

/// Makes OpenSSL report each record that `ssl` reads.
/// @pre `ssl` reads from a `socket_io`.
void count_records(SSL* ssl);

} // namespace fedhub
