// A compact form of a start tag, for stanzas in queues.
#pragma once

#include <cstdint>
#include <string_view>

#include "protocol/xml/xml_scanner.hpp"

namespace fedhub {

/// The parts of a start tag that decide, for nearly all stanzas, where they go and whether they go
/// unchanged. A digest has a sixth of the size of `start_tag`, and each stanza under way holds one.
/// The few stanzas that need more read the tag from their octets again (`restore_tag`).
struct tag_digest {
  uint64_t header_prefixes = 0; ///< as in `start_tag`.
  uint32_t end = 0;             ///< as in `start_tag`.

  tag_digest() = default;
  explicit tag_digest(const start_tag& tag)
    : header_prefixes(tag.header_prefixes), end(tag.end),
      packed_((tag.to.begin < to_limit ? tag.to.begin : 0) | (tag.empty ? empty_bit : 0)
              | (tag.lang ? lang_bit : 0) | (tag.xmlns ? xmlns_bit : 0)
              | (tag.declares_prefix ? declares_bit : 0)) {}

  bool empty() const { return (packed_ & empty_bit) != 0; } ///< as in `start_tag`.
  bool has_lang() const { return (packed_ & lang_bit) != 0; }
  bool has_xmlns() const { return (packed_ & xmlns_bit) != 0; }
  bool declares_prefix() const { return (packed_ & declares_bit) != 0; } ///< as in `start_tag`.

  /// Returns the raw value of `to`. @param stanza the stanza with this tag.
  std::string_view to_of(std::string_view stanza) const;

private:
  /// Values begin before this offset: the configuration allows no stanza limit that high.
  static constexpr uint32_t to_limit = 1u << 28;
  static constexpr uint32_t empty_bit = 1u << 28;
  static constexpr uint32_t lang_bit = 1u << 29;
  static constexpr uint32_t xmlns_bit = 1u << 30;
  static constexpr uint32_t declares_bit = 1u << 31;

  /// The position of the value of `to` (0: the stanza has none), and the bits above. All share one
  /// word: the compiler would write bit fields one by one, and a move of the stanza would have to
  /// wait for these writes.
  uint32_t packed_ = 0;
};

/// Reads the start tag again, as the scanner did. @param stanza the stanza that `digest` was made
/// of, at least to the tag's end.
start_tag restore_tag(std::string_view stanza, const tag_digest& digest);

} // namespace fedhub
