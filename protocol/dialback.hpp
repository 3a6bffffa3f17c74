// Dialback keys: XEP-0185.
#pragma once

#include <string>
#include <string_view>

#include "protocol/domain_name.hpp"

namespace fedhub {

/// Makes and checks dialback keys from the hub's secret; every instance with the same secret
/// agrees.
class dialback_keys {
public:
  /// @param secret any octets, not empty.
  explicit dialback_keys(std::string_view secret);

  /// HMAC-SHA256 in lower-case hex, keyed with the hex SHA-256 of the secret, over
  /// "receiving originating stream-id" (XEP-0185 §3): `pair.to`, `pair.from`, `stream_id`.
  std::string make(const domain_pair& pair, std::string_view stream_id) const;

  /// Compares in time that does not depend on where the keys differ.
  bool check(const domain_pair& pair, std::string_view stream_id, std::string_view key) const;

private:
  std::string hmac_key_; ///< lower-case hex SHA-256 of the secret.
};

/// The key shortened so that a log can be read and the key not be used: its first 6 octets and "…";
/// of a key of no more than that, nothing but "…".
std::string shorten_key(std::string_view key);

/// 128 random bits in hex: a stream id that can't be guessed (RFC 6120 §4.7.3). Aborts if the
/// system has no randomness to give, since a guessable id lets anybody replay dialback keys.
std::string make_stream_id();

} // namespace fedhub
