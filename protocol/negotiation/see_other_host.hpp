// Reads the destination of a `<see-other-host/>`: RFC 6120 §4.9.3.19.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "protocol/text/domain_name.hpp"

namespace fedhub {

struct stream_host {
  domain_name host;  ///< a name or an IP literal, IPv6 in brackets.
  uint16_t port = 0; ///< 0 if absent: the name is then resolved like a domain (§3.2).

  friend bool operator==(const stream_host&, const stream_host&) = default;
};

/// Reads the element's text: "host" or "host:port", with optional white space around it.
/// @returns nothing if the text is neither.
std::optional<stream_host> parse_see_other_host(std::string_view text);

} // namespace fedhub
