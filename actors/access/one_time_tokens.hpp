// Tokens that a user of the Unix socket exchanges for a session elsewhere.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "actors/access/session_table.hpp"

namespace fedhub {

/// The tokens by their hash. A value; it knows no clock. Only users of the Unix socket make it
/// grow; a token more than `most` ends the oldest.
class one_time_tokens {
public:
  using time_point = std::chrono::steady_clock::time_point;

  static constexpr std::chrono::seconds life_time{60};
  static constexpr size_t token_octets = 16;
  static constexpr size_t most = 32;

  /// Makes a token, which the owner may exchange once.
  std::string make(access_owner owner, time_point now);

  /// Takes the token. @returns its owner, or nothing if there is none, or its time is over.
  std::optional<access_owner> take(std::string_view token, time_point now);

private:
  struct row {
    access_owner owner;
    time_point end;
  };
  std::map<sha256_digest, row> tokens_;
};

} // namespace fedhub
