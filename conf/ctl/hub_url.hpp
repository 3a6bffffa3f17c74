// The URL of a hub's management listener.
#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace fedhub::ctl {

/// A URL below which the API is served.
struct hub_url {
  std::string base; ///< "https://hub.example:8443", perhaps with a path; no slash at its end.
  bool encrypted = false;
  /// The host is a loopback address or "localhost", which libcurl never asks DNS for.
  bool loopback = false;

  /// Returns whether nobody on the way could read a token.
  bool may_carry_token() const { return encrypted || loopback; }

  /// Parses an http or https URL. @returns what is wrong, if it is anything else, or has a user, a
  /// query or a fragment.
  static tl::expected<hub_url, std::string> parse(std::string_view text);
};

} // namespace fedhub::ctl
