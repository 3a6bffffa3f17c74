// What a stanza that waits keeps of its start tag.
#pragma once

#include <cstdint>
#include <string_view>

#include "protocol/xml/xml_scanner.hpp"

namespace fedhub {

/// As much of a start tag as decides, for nearly all stanzas, where they go and whether they can go
/// as they are. It is a sixth of `start_tag`: there is one for each stanza under way. What else is
/// needed, for few, is read from the octets again (`restore_tag`).
struct tag_digest {
  uint64_t header_prefixes = 0; ///< as in `start_tag`.
  uint32_t end = 0;             ///< as in `start_tag`.

  tag_digest() = default;
  explicit tag_digest(const start_tag& x)
    : header_prefixes(x.header_prefixes), end(x.end),
      packed_((x.to.begin < to_limit ? x.to.begin : 0) | (x.empty ? empty_bit : 0)
              | (x.lang ? lang_bit : 0) | (x.xmlns ? xmlns_bit : 0)
              | (x.declares_prefix ? declares_bit : 0)) {}

  bool empty() const { return (packed_ & empty_bit) != 0; } ///< as in `start_tag`.
  bool has_lang() const { return (packed_ & lang_bit) != 0; }
  bool has_xmlns() const { return (packed_ & xmlns_bit) != 0; }
  bool declares_prefix() const { return (packed_ & declares_bit) != 0; } ///< as in `start_tag`.

  /// The raw value of `to`. @param stanza that the tag is of.
  std::string_view to_of(std::string_view stanza) const;

private:
  /// Values begin before this: the configuration has no limit for a stanza that is as high.
  static constexpr uint32_t to_limit = 1u << 28;
  static constexpr uint32_t empty_bit = 1u << 28;
  static constexpr uint32_t lang_bit = 1u << 29;
  static constexpr uint32_t xmlns_bit = 1u << 30;
  static constexpr uint32_t declares_bit = 1u << 31;

  /// Where the value of `to` begins (0: the stanza has none), and the bits above. One word, since
  /// bit fields would be written one by one, and the move of a stanza would have to wait for them.
  uint32_t packed_ = 0;
};

/// The scanner's start tag again. @param stanza that `x` was made of, at least to the tag's end.
start_tag restore_tag(std::string_view stanza, const tag_digest& x);

} // namespace fedhub
