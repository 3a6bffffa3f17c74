// The events of the stream state machines that carry an element.
#pragma once

#include <string_view>

#include "protocol/errors/passage_obstacle.hpp"
#include "protocol/xml/ns_bindings.hpp"

namespace fedhub {

/// A child of the stream other than a stanza. `xml` is the element's octets, and `outer` the
/// bindings of the stream header, so every prefix is known.
struct element_received {
  std::string_view xml;
  const ns_bindings& outer;
  /// More octets were read after the element. If the element ends a security layer, they were sent
  /// too early, and the machine ends the stream (RFC 6120 §5.3.3, §6.3.5).
  bool followed = false;
};

/// A child of the stream other than a stanza that exceeds a limit (`xml_limits::frames_excess`).
/// Only the names in its root's start tag were checked, so only these can be read.
struct excess_received {
  std::string_view local_name;
  std::string_view namespace_uri;
  passage_obstacle excess = passage_obstacle::none;
};

} // namespace fedhub
