// Stanzas with a fault of their own: what is answered instead of them, or mended in them.
#pragma once

#include <string>
#include <string_view>

#include "protocol/xml/xml_scanner.hpp"

namespace fedhub {

/// Addresses to state instead of a stanza's own, unescaped; empty: its own stays.
struct stated_addresses {
  std::string_view from = {};
  std::string_view to = {};
};

/// Returns an empty stanza of the same kind, id and type as `stanza`, without prefix and namespace,
/// from and to `addresses`. An error that answers it (`make_bounce`) goes to an address that the
/// way back can carry.
/// @param tag the scanner's for `stanza`.
std::string make_stand_in(std::string_view stanza, const start_tag& tag,
                          const stated_addresses& addresses);

/// Adds `from` to a stanza that has none.
/// @param tag the scanner's for `stanza`; becomes that of the result.
std::string add_from(std::string_view stanza, start_tag& tag, std::string_view from);

} // namespace fedhub
