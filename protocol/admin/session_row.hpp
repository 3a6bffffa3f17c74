// The API's answers about a session.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace fedhub::admin {

/// Who the caller is.
struct session_row {
  std::string user;      ///< "ann", or "uid 1000".
  std::string_view role; ///< "viewer" or "operator".
  /// The last moment of the session; nothing if the caller needs none.
  std::optional<std::chrono::system_clock::time_point> ends = {};
  std::chrono::seconds idle_time{0}; ///< so long without a request end it earlier; 0: no session.
  std::string csrf = {};             ///< for `X-CSRF-Token`; empty: not needed.
  std::string token = {};            ///< the bearer token of a new session; empty: a cookie.
};

/// A token that can be exchanged once.
struct token_row {
  std::string token;
  std::chrono::system_clock::time_point ends;
  std::string url = {}; ///< of `listen.admin`; empty: there is none.
};

/// @name Each returns one JSON object. A field without a value is left out.
/// @{
std::string json_of(const session_row& session);
std::string json_of(const token_row& token);
/// @}

} // namespace fedhub::admin
