// Dialback keys: XEP-0185.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/text/domain_name.hpp"

namespace fedhub {

/// Makes and checks dialback keys from the hub's secrets; every instance with the same secrets
/// agrees. Keys are made from the current one. Those made from a previous one are good as well, so
/// that no stream breaks while the secret changes from instance to instance.
class dialback_keys {
public:
  /// @param secret,previous any octets, not empty.
  explicit dialback_keys(std::string_view secret, std::span<const std::string> previous = {});

  dialback_keys(const dialback_keys&) = default;
  dialback_keys& operator=(const dialback_keys&) = default;
  ~dialback_keys(); ///< overwrites what it holds.

  /// HMAC-SHA256 in lower-case hex, keyed with the hex SHA-256 of the secret, over
  /// "receiving originating stream-id" (XEP-0185 §3): `pair.to`, `pair.from`, `stream_id`.
  std::string make(const domain_pair& pair, std::string_view stream_id) const;

  /// Takes time that depends neither on where the keys differ nor on which secret was theirs.
  bool check(const domain_pair& pair, std::string_view stream_id, std::string_view key) const;

private:
  std::vector<std::string> hmac_keys_; ///< lower-case hex SHA-256 of each secret; current first.
};

/// The key shortened so that a log can be read and the key not be used: its first 6 octets and "…";
/// of a key of no more than that, nothing but "…".
std::string shorten_key(std::string_view key);

/// 128 random bits in hex: a stream id that can't be guessed (RFC 6120 §4.7.3). Aborts if the
/// system has no randomness to give, since a guessable id lets anybody replay dialback keys.
std::string make_stream_id();

} // namespace fedhub
