// What keeps one child of a stream from being passed on.
#pragma once

#include <cstdint>

namespace fedhub {

/// What keeps an element from being passed on to another stream, though its own stream goes on:
/// there it might be the fault of a stream that others use too.
enum class passage_obstacle : uint8_t {
  none,
  new_names, ///< a name is one since XML 1.0's fifth edition only (`xml::is_old_name_start`).
  /// A namespace name that is declared or in use has a character that servers divide names by
  /// (`xml::holds_separator`): to those it is a fault.
  odd_namespace,
  crowded, ///< with what a stanza gains (`gained_attributes`) it can be past `xml_limits`.
  // From here on: it is past one of `xml_limits`, the first of them that was met.
  too_deep,
  too_many_elements,
  too_many_attributes,
  too_many_prefixes,
};

/// Whether the element is past one of `xml_limits`. The scanner has framed such an element, and has
/// not checked it in full (`xml_limits::frames_excess`).
constexpr bool past_limits(passage_obstacle x) { return x >= passage_obstacle::too_deep; }

/// Returns a text for the log and the peer, e.g. "elements nested too deep". Static.
constexpr const char* describe(passage_obstacle x) {
  switch (x) {
  case passage_obstacle::none:
    break;
  case passage_obstacle::new_names:
    return "a name that is new in XML 1.0's fifth edition";
  case passage_obstacle::odd_namespace:
    return "a namespace name with a character that servers divide names by";
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
