// The certificates between a peer's own and the trust anchor, for sessions that are resumed.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include <openssl/x509.h>

#include "actors/runtime/lru_map.hpp"
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
  explicit intermediate_cache(size_t capacity = 256) : certificates_(capacity) {}

  /// Keeps the certificates of a chain.
  /// @param chain without the peer's own; null is an empty one.
  /// @returns their fingerprints in a row, to be given to `find`; nothing if the chain is too long
  ///          or a certificate too large.
  std::optional<std::string> keep(const STACK_OF(X509) * chain);

  /// The chain of these fingerprints; nothing unless all of it is there.
  std::optional<certificate_stack> find(std::string_view fingerprints);

private:
  /// A fingerprint is as good as random.
  struct first_octets {
    size_t operator()(const sha256_digest& fingerprint) const {
      size_t result = 0;
      std::memcpy(&result, fingerprint.data(), sizeof result);
      return result;
    }
  };

  std::mutex mutex_;
  lru_map<sha256_digest, openssl_ptr<X509>, first_octets> certificates_;
};

} // namespace fedhub
