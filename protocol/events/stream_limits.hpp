// The advertisement of stream limits: XEP-0478.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "protocol/xml/stream_element.hpp"

namespace fedhub {

/// The limits that a server announces for a stream. 0: it announces none.
struct stream_limits {
  size_t max_bytes = 0;      ///< octets of one top-level element; a larger one ends the stream.
  uint32_t idle_seconds = 0; ///< silence after which the server ends the stream.

  friend bool operator==(const stream_limits&, const stream_limits&) = default;
};

/// Returns `<limits/>`; an empty text if there is no limit.
std::string stream_limits_xml(const stream_limits& limits);

/// Reads the child `<limits/>` of the features, or of `<bidi/>`, in which the initiating server
/// announces its own limits. A value that is no number, or too large for one, counts as absent: no
/// stream can exceed a limit that large.
stream_limits read_stream_limits(const stream_element::node& parent);

} // namespace fedhub
