// Makes and checks dialback keys: XEP-0185.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/text/domain_pair.hpp"

namespace fedhub {

/// Makes and checks dialback keys from the hub's secrets. Every instance with the same secrets
/// makes the same keys. New keys are made from the current secret. Keys made from a previous secret
/// are valid as well, so no stream breaks while instances change the secret one after the other.
class dialback_keys {
public:
  /// @param secret,previous any octets, not empty.
  explicit dialback_keys(std::string_view secret, std::span<const std::string> previous = {});

  dialback_keys(const dialback_keys&) = default;
  dialback_keys& operator=(const dialback_keys&) = default;
  ~dialback_keys(); ///< overwrites the secrets in memory.

  /// Returns the key: HMAC-SHA256 in lower-case hex, keyed with the hex SHA-256 of the secret, over
  /// "receiving originating stream-id" (XEP-0185 §3): `pair.to`, `pair.from`, `stream_id`.
  std::string make(const domain_pair& pair, std::string_view stream_id) const;

  /// Checks a key. The time depends neither on where the keys differ nor on which secret made the
  /// key.
  bool check(const domain_pair& pair, std::string_view stream_id, std::string_view key) const;

private:
  std::vector<std::string> hmac_keys_; ///< lower-case hex SHA-256 of each secret; current first.
};

/// Shortens a key for a log, where it must not be usable: returns its first 6 octets and "…". Of a
/// key with 6 octets or fewer, only "…" is returned.
std::string shorten_key(std::string_view key);

/// Returns 128 random bits in hex: a stream id that cannot be guessed (RFC 6120 §4.7.3). Aborts if
/// the system provides no randomness, since a guessable id lets anybody replay dialback keys.
std::string make_stream_id();

} // namespace fedhub
