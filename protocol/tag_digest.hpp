// What a stanza that waits keeps of its start tag.
#pragma once

#include <cstdint>
#include <string_view>

#include "protocol/xml_scanner.hpp"

namespace fedhub {

/// As much of a start tag as decides, for nearly all stanzas, where they go and whether they can go
/// as they are. It is a sixth of `start_tag`: there is one for each stanza under way. What else is
/// needed, for few, is read from the octets again (`restore_tag`).
struct tag_digest {
  uint64_t header_prefixes = 0; ///< as in `start_tag`.
  uint32_t end = 0;             ///< as in `start_tag`.
  uint32_t to : 28 = 0;         ///< where the value of `to` begins; 0: the stanza has none.
  bool empty : 1 = false;       ///< as in `start_tag`.
  bool has_lang : 1 = false;
  bool has_xmlns : 1 = false;
  bool declares_prefix : 1 = false; ///< as in `start_tag`.

  tag_digest() = default;
  explicit tag_digest(const start_tag& x);

  /// The raw value of `to`. @param stanza that the tag is of.
  std::string_view to_of(std::string_view stanza) const;
};

/// The scanner's start tag again. @param stanza that `x` was made of, at least to the tag's end.
start_tag restore_tag(std::string_view stanza, const tag_digest& x);

} // namespace fedhub
