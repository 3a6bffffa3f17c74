// TLS sessions that the hub may resume as a client.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>

#include <openssl/ssl.h>

#include "actors/runtime/lru_map.hpp"
#include "actors/runtime/secret_octets.hpp"
#include "protocol/text/domain_pair.hpp"

namespace fedhub {

struct ssl_session_deleter {
  void operator()(SSL_SESSION* x) const { SSL_SESSION_free(x); }
};
using ssl_session_ptr = std::unique_ptr<SSL_SESSION, ssl_session_deleter>;

/// Returns the encoding of a session (`i2d_SSL_SESSION`), which lacks only the chain that the peer
/// sent; empty if this fails.
secret_octets encoded(const SSL_SESSION& session);

/// The last session with each peer, by sender and target domain. What was proved in a session holds
/// for these two domains only, and the certificate that the hub showed depends on the sender.
///
/// A session of TLS 1.3 is stored in its encoding. OpenSSL's object, with the peer's certificate in
/// parts, is many times as large. OpenSSL also spoils the object if the connection fails or ends
/// without close_notify, which does not affect tickets of TLS 1.3 (RFC 8446 §6.2).
///
/// A session of TLS 1.2 is stored as the object, since it must not be resumed after such an end
/// (RFC 5246 §7.2.2).
///
/// Thread safety: any thread may call all members.
class session_cache {
public:
  /// A session takes 1 to 3 KiB: its ticket and the peer's certificate.
  static constexpr size_t default_capacity = 1024;

  /// @param capacity in sessions. Beyond it the one stored least recently is dropped.
  explicit session_cache(size_t capacity = default_capacity) : sessions_(capacity) {}

  /// Stores or replaces the session of this pair.
  void put(const domain_pair& pair, SSL_SESSION& session);

  /// Returns a session to resume, unless it has expired. A session of TLS 1.3 is removed, since
  /// each ticket is used only once (RFC 8446 §C.4). Resuming brings a new one.
  ssl_session_ptr take(const domain_pair& pair, std::chrono::sys_seconds now);

  /// Drops the sessions that have expired.
  void expire(std::chrono::sys_seconds now);

  size_t size() const;

private:
  struct kept {
    ssl_session_ptr shared; ///< TLS 1.2 only.
    secret_octets ticket;   ///< TLS 1.3 only: the encoded session.
    std::chrono::sys_seconds end;
  };

  mutable std::mutex mutex_;
  lru_map<domain_pair, kept> sessions_; ///< ordered by the time of `put`.
};

} // namespace fedhub
