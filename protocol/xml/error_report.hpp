// The contents of stream errors and stanza errors.
#pragma once

#include <string>
#include <string_view>

#include "protocol/xml/stream_element.hpp"

namespace fedhub {

/// The contents of an error element: of a stream error (RFC 6120 §4.9.2) or of the `<error/>` of a
/// stanza (§8.3.2).
struct error_report {
  std::string condition; ///< element name, e.g. "host-unknown"; empty if there is none.
  std::string text; ///< for people. Both are cut to 256 octets, since logs and bounces quote them.

  /// Returns "condition", or "condition: text" if there is a text.
  std::string str() const;
};

/// Reads an error element.
/// @param conditions the namespace of the conditions: `ns::stream_errors` or `ns::stanza_errors`.
error_report read_error(const stream_element::node& error, std::string_view conditions);

} // namespace fedhub
