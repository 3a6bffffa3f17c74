// The intermediate certificates of peers, for resumed sessions.
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

/// Keeps the certificates that peers sent along with their own. A session ticket holds the peer's
/// own certificate only, since OpenSSL's encoding of a session leaves the others out. But without
/// them no path can be built. So the ticket gets their fingerprints, and this cache keeps them once
/// for all peers. They are few, since there are few CAs.
///
/// Thread safety: any thread may call all members.
class intermediate_cache {
public:
  static constexpr size_t max_chain = 8;
  static constexpr size_t max_octets = 8192; ///< of one certificate in DER.

  /// @param capacity in certificates. Beyond it the least recently used one is dropped.
  explicit intermediate_cache(size_t capacity = 256) : certificates_(capacity) {}

  /// Keeps the certificates of a chain.
  /// @param chain without the peer's own certificate; null counts as empty.
  /// @returns their fingerprints in a row, for `find`; nothing if the chain is too long or a
  /// certificate too large.
  std::optional<std::string> keep(const STACK_OF(X509) * chain);

  /// Returns the chain of these fingerprints; nothing if one of its certificates is missing.
  std::optional<certificate_stack> find(std::string_view fingerprints);

private:
  /// Hashes a fingerprint by its first octets, since it is as good as random.
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
