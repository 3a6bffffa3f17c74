// Replaces or repairs stanzas that have a fault of their own.
#pragma once

#include <string>
#include <string_view>

#include "protocol/xml/xml_scanner.hpp"

namespace fedhub {

/// Addresses that replace a stanza's own, unescaped. Empty: the stanza's own stays.
struct stated_addresses {
  std::string_view from = {};
  std::string_view to = {};
};

/// Returns an empty stanza with the kind, id and type of `stanza`, without prefix and namespace,
/// from and to `addresses`. The error that answers it (`make_bounce`) has an address that the way
/// back accepts.
/// @param tag the scanner's for `stanza`.
std::string make_stand_in(std::string_view stanza, const start_tag& tag,
                          const stated_addresses& addresses);

/// Adds `from` to a stanza that has none.
/// @param tag the scanner's for `stanza`; becomes the tag of the result.
std::string add_from(std::string_view stanza, start_tag& tag, std::string_view from);

} // namespace fedhub
