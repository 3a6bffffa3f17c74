// Requests to the API.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fedhub::ctl {

enum class http_method : uint8_t { get, post, put, patch };

/// Returns "GET", "POST", "PUT" or "PATCH".
std::string_view to_string(http_method method);

struct api_request {
  http_method method = http_method::get;
  std::string path; ///< below "/api/v1/"; its parts are percent-encoded.
  std::vector<std::pair<std::string, std::string>> query = {}; ///< as they are, not encoded.
  std::string body = {};                                       ///< JSON; empty: none.
  std::string media_type = "application/json";                 ///< of the body.
  std::string if_match = {}; ///< the version to change, or "*"; empty: the request changes none.
  /// For the whole answer, from the first step of the connect to the last octet.
  std::chrono::seconds time_limit{10};

  /// Sets the query's value for `name`, also where it has one.
  void set(std::string_view name, std::string value);
  /// Returns "/api/v1/PATH?NAME=VALUE&…", encoded.
  std::string target() const;
};

/// Returns the text as one part of a path or a query (RFC 3986 §2.1): all octets but the unreserved
/// ones become `%HH`.
std::string percent_encoded(std::string_view text);

} // namespace fedhub::ctl
