// The line by which a relay states whose octets follow.
#pragma once

#include <cstddef>
#include <string_view>

#include <tl/expected.hpp>

#include "protocol/text/ip_address.hpp"

namespace fedhub {

/// A line of the PROXY protocol, version 1: "PROXY TCP4 192.0.2.1 192.0.2.2 4711 80", with CR LF.
/// A relay has to send it in one piece.
struct relay_line {
  static constexpr size_t most_octets = 107;

  ip_address source;
  size_t octets = 0; ///< of the line, with its end.

  /// Returns whether the octets begin such a line rather than a request.
  static bool begins(std::string_view octets) { return octets.starts_with("PROXY "); }

  /// Parses the line at the beginning of the octets. @returns what is wrong with it.
  static tl::expected<relay_line, std::string_view> parse(std::string_view octets);
};

} // namespace fedhub
