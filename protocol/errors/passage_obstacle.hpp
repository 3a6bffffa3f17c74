// Reasons not to pass a child of a stream on to another stream.
#pragma once

#include <cstdint>

namespace fedhub {

/// Why an element is not passed on to another stream. Its own stream goes on. On the other stream
/// the element might be a stream error, and other senders share that stream.
enum class passage_obstacle : uint8_t {
  none,
  new_names, ///< a name is valid only since XML 1.0's fifth edition (`xml::is_old_name_start`).
  /// A namespace name, declared or in use, has a character by which some servers split names
  /// (`xml::holds_separator`). Those servers take it for a fault.
  odd_namespace,
  crowded, ///< the attributes that a stanza gains (`gained_attributes`) may exceed `xml_limits`.
  // The rest: the element exceeds one of `xml_limits`. This is the first limit that it exceeded.
  too_deep,
  too_many_elements,
  too_many_attributes,
  too_many_prefixes,
};

/// Returns whether the element exceeds one of `xml_limits`. The scanner has framed such an element,
/// but has not checked it in full (`xml_limits::frames_excess`).
constexpr bool past_limits(passage_obstacle x) { return x >= passage_obstacle::too_deep; }

/// Returns a text for the log and the peer, e.g. "elements nested too deep". The text is static.
constexpr const char* describe(passage_obstacle obstacle) {
  switch (obstacle) {
  case passage_obstacle::none:
    break;
  case passage_obstacle::new_names:
    return "a name that is new in XML 1.0's fifth edition";
  case passage_obstacle::odd_namespace:
    return "a namespace name with a character that servers use as a separator";
  case passage_obstacle::crowded:
    return "too many attributes or namespace prefixes";
  case passage_obstacle::too_deep:
    return "elements nested too deep";
  case passage_obstacle::too_many_elements:
    return "too many elements";
  case passage_obstacle::too_many_attributes:
    return "too many attributes in one tag";
  case passage_obstacle::too_many_prefixes:
    return "too many namespace prefixes in scope";
  }
  return "";
}

} // namespace fedhub
