// The certificates between a peer's own and the trust anchor, for sessions that are resumed.
#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include <openssl/x509.h>

#include "protocol/certificate/openssl_ptr.hpp"
#include "protocol/text/sha256_digest.hpp"

namespace fedhub {

struct certificate_stack_deleter {
  void operator()(STACK_OF(X509) * x) const { sk_X509_pop_free(x, X509_free); }
};
using certificate_stack = std::unique_ptr<STACK_OF(X509), certificate_stack_deleter>;

/// A session ticket holds the peer's own certificate, but not what the peer sent along with it,
/// without which no path can be built (OpenSSL's encoding of a session leaves it out). So the
/// ticket gets the fingerprints of the rest, and the rest is kept here, once for all peers: there
/// are few CAs.
///
/// Thread safety: all members may be called from any thread.
class intermediate_cache {
public:
  static constexpr size_t max_chain = 8;
  static constexpr size_t max_octets = 8192; ///< of one certificate in DER.

  /// @param capacity certificates; of more, the one that was used least recently is dropped.
  explicit intermediate_cache(size_t capacity = 256) : capacity_(capacity) {}

  /// Keeps the certificates of a chain.
  /// @param chain without the peer's own; null is an empty one.
  /// @returns their fingerprints in a row, to be given to `find`; nothing if the chain is too long
  ///          or a certificate too large.
  std::optional<std::string> keep(const STACK_OF(X509) * chain);

  /// The chain of these fingerprints; nothing unless all of it is there.
  std::optional<certificate_stack> find(std::string_view fingerprints);

private:
  using recency = std::list<sha256_digest>; ///< the most recent first.
  struct entry {
    openssl_ptr<X509> certificate;
    recency::iterator place;
  };
  void touch(entry& x) { recency_.splice(recency_.begin(), recency_, x.place); }

  const size_t capacity_;
  std::mutex mutex_;
  std::map<sha256_digest, entry> entries_;
  recency recency_;
};

} // namespace fedhub
