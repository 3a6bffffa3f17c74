// Limits first-level elements that the hub does not know.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/events/stream_event.hpp"

namespace fedhub {

/// Counts the unknown elements of one stream. Extensions of XMPP use such elements, so the hub
/// ignores them. The limit prevents a stream that carries nothing else.
class unknown_elements {
public:
  /// The number of elements that are ignored on one stream.
  static constexpr uint8_t most = 64;

  /// Returns whether to ignore an element of this namespace. Elements that negotiate a stream (TLS,
  /// SASL, dialback, stream management, streams) are not ignored: unless they are expected, they
  /// are a fault.
  bool ignore(std::string_view namespace_uri);
  /// Returns whether to ignore one more element, whatever it is.
  bool ignore() { return count_ < most && ++count_ != 0; }

private:
  uint8_t count_ = 0;
};

/// Returns the reason for ending a stream because of an element that cannot be ignored: the excess
/// and the element's name, for the log and the peer.
std::string describe(const excess_received& element);

} // namespace fedhub
