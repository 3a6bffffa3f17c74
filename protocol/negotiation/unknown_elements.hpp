// First-level elements that the hub does not know.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/events/stream_events.hpp"

namespace fedhub {

/// Counts the unknown elements of one stream. Peers extend XMPP by such elements, so the hub
/// ignores them; the limit keeps a stream from being used for nothing else.
class unknown_elements {
public:
  /// Elements that are ignored on one stream.
  static constexpr uint8_t most = 64;

  /// Returns whether to ignore an element of this namespace: it is none of those that negotiate a
  /// stream (TLS, SASL, dialback, stream management, streams), in which an unexpected element is a
  /// fault.
  bool ignore(std::string_view namespace_uri);
  /// Returns whether to ignore one more element, whatever it is.
  bool ignore() { return count_ < most && ++count_ != 0; }

private:
  uint8_t count_ = 0;
};

/// Returns what ends a stream over an element that was not to be ignored: the excess and the
/// element's name, for the log and the peer.
std::string describe(const excess_received& x);

} // namespace fedhub
