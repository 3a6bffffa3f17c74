// Stream limits advertisement: XEP-0478.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "protocol/xml/stream_element.hpp"

namespace fedhub {

/// What a server says it takes on a stream. 0: it says nothing.
struct stream_limits {
  size_t max_bytes = 0;      ///< octets of one top-level element; a larger one ends the stream.
  uint32_t idle_seconds = 0; ///< silence after which it ends the stream.

  friend bool operator==(const stream_limits&, const stream_limits&) = default;
};

/// `<limits/>`; empty if nothing is said.
std::string stream_limits_xml(const stream_limits& x);

/// Reads the child `<limits/>` of the features, or of `<bidi/>` where the initiating server says
/// its own. A value that is no number, or too large for one, is not said: no limit can be missed by
/// it.
stream_limits read_stream_limits(const stream_element::node& parent);

} // namespace fedhub
