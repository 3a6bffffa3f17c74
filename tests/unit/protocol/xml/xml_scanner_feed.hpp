// Feeds an xml_scanner as a connection would, and records all of its results.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/xml/xml_scanner.hpp"

namespace fedhub::test {

/// One result of `xml_scanner::next`, with all that the scanner reports about the item.
struct scanned {
  scan_status status = scan_status::need_more;
  std::string text; ///< the item's octets.
  stream_error error = stream_error::none;
  std::string reason;
  start_tag tag;
  std::string namespace_uri;

  std::string_view part(const span32& x) const { return x.of(text); }
};

/// Returns a printable form with every field, so that comparing it compares everything.
std::string describe(const scanned& scanned);
std::vector<std::string> describe(const std::vector<scanned>& all);

/// Sizes of the pieces that the input is cut into; the last piece is the rest.
using cutter = std::function<size_t()>;

/// Feeds all of `text` until an error or the end. Drops the octets that the scanner has consumed.
std::vector<scanned> feed(xml_scanner& scanner, std::string_view text, const cutter& cut);

inline cutter in_one_piece() {
  return [] { return SIZE_MAX; };
}
inline cutter octet_by_octet() {
  return [] { return size_t{1}; };
}
/// Pieces of 1 to 40 octets, most of them short; the same for the same seed.
cutter at_random(unsigned seed);

} // namespace fedhub::test
