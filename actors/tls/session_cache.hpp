// TLS sessions that the hub, as a client, may resume.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>

#include <openssl/ssl.h>

#include "actors/runtime/lru_map.hpp"
#include "actors/runtime/secret_octets.hpp"
#include "protocol/text/domain_name.hpp"

namespace fedhub {

struct ssl_session_deleter {
  void operator()(SSL_SESSION* x) const { SSL_SESSION_free(x); }
};
using ssl_session_ptr = std::unique_ptr<SSL_SESSION, ssl_session_deleter>;

/// A session in its encoding (`i2d_SSL_SESSION`), which leaves out only the chain that the peer
/// sent; empty if it is not complete.
secret_octets encoded(const SSL_SESSION& x);

/// The last session with each peer, by sender and target domain: what was proven in it holds for
/// these two only, and the certificate that the hub showed depends on the sender.
///
/// Sessions of TLS 1.3 are kept in their encoding: OpenSSL's objects, with the peer's certificate
/// in parts, are many times as large. And OpenSSL spoils the object where the connection fails or
/// ends without close_notify, which says nothing about tickets of 1.3 (RFC 8446 §6.2). With TLS 1.2
/// the session has to go then (RFC 5246 §7.2.2): of it the object is kept.
///
/// Thread safety: all members may be called from any thread.
class session_cache {
public:
  /// A session takes 1 to 3 KiB: its ticket and the peer's certificate.
  static constexpr size_t default_capacity = 1024;

  /// @param capacity sessions; of more, the one that was put in least recently is dropped.
  explicit session_cache(size_t capacity = default_capacity) : sessions_(capacity) {}

  /// Replaces the session of this pair.
  void put(const domain_pair& pair, SSL_SESSION& session);

  /// A session to resume, unless it has expired. One of TLS 1.3 is taken out: each ticket is used
  /// once (RFC 8446 §C.4), and resuming brings a new one.
  ssl_session_ptr take(const domain_pair& pair, std::chrono::sys_seconds now);

  /// Drops the sessions that have expired.
  void expire(std::chrono::sys_seconds now);

  size_t size() const;

private:
  struct kept {
    ssl_session_ptr shared; ///< of TLS 1.2.
    secret_octets ticket;   ///< of TLS 1.3: the session, encoded.
    std::chrono::sys_seconds end;
  };

  mutable std::mutex mutex_;
  lru_map<domain_pair, kept> sessions_; ///< by when they were put in.
};

} // namespace fedhub
