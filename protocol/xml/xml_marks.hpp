// Positions of the octets that matter to the scanner: sets of octets as bits, 64 octets to a word.
//
// Vector instructions only classify octets. They treat every octet alike, so classification depends
// on no branch and no earlier result. Ordinary code then walks the bits.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "protocol/xml/xml_instruction_set.hpp"

namespace fedhub::xml {

/// The marks of a few blocks of 64 octets. Bit i of word k is the mark of octet 64 k + i.
struct mark_rows {
  static constexpr size_t blocks = 8;
  /// The two words after the last block stop every search, even one that begins there.
  using row = std::array<uint64_t, blocks + 2>;

  row text;  ///< `<`, `&`, `>` and forbidden controls.
  row value; ///< `<`, `&`, `'`, `"` and forbidden controls.
  row name;  ///< ASCII characters that a name may contain, without the colon.
  row high;  ///< octets beyond ASCII.
};

/// Classifies `count` blocks of 64 octets. @pre `count <= mark_rows::blocks`
using classifier = void (*)(const char* octets, size_t count, mark_rows& out);

/// @pre `available(x)`
classifier classifier_for(instruction_set set);

/// The marks of one item's octets, through a window that moves over the octets. Positions count
/// from the item's first octet.
class mark_window {
public:
  explicit mark_window(classifier classify) : classify_(classify) {}

  /// Sets the item's octets so far. Nothing is classified yet.
  void begin(const char* item, size_t size) {
    item_ = item;
    size_ = size;
    base_ = end_ = 0;
    high_before_ = 0;
  }

  const char* item() const { return item_; }
  size_t size() const { return size_; }

  /// Returns the first mark of the row at or after `pos`; `size()` if there is none.
  size_t find_in_text(size_t pos) { return find(rows_.text, pos); }
  size_t find_in_value(size_t pos) { return find(rows_.value, pos); }

  /// Returns the first octet at or after `pos` that is no ASCII name character. May stop early, at
  /// any octet from `pos` on, so the caller must look at the octet there. @pre `pos < size()`
  size_t find_name_end(size_t pos) {
    if (pos - base_ >= end_ - base_)
      refill(pos);
    return pos + static_cast<size_t>(std::countr_one(bits_at(rows_.name, pos)));
  }

  /// Returns whether an octet beyond ASCII was seen before `pos`, or possibly a little after it.
  /// Counts only octets that searches have passed, and octets reported by `note_high`.
  bool high_before(size_t pos) const;
  /// Reports octets beyond ASCII that no search passed.
  void note_high() { high_before_ = 1; }

private:
  // Unsigned arithmetic: a position before the window is out of range just like one after it.
  size_t find(const mark_rows::row& row, size_t pos) {
    for (;;) {
      if (pos - base_ >= end_ - base_) {
        if (pos >= size_)
          return size_;
        refill(pos);
      }
      uint64_t bits = bits_at(row, pos);
      if (!bits) { // the next mark is far off: go on from the next whole word
        size_t k = (pos - base_) / 64 + 1;
        while (!row[k])
          ++k;
        bits = row[k];
        pos = base_ + 64 * k;
      }
      pos += static_cast<size_t>(std::countr_zero(bits));
      if (pos < end_)
        return pos;
    }
  }

  /// Returns the marks from `pos` to the end of the word, possibly further marks, then zeros.
  /// @pre `pos` is in the window.
  uint64_t bits_at(const mark_rows::row& row, size_t pos) const {
    const size_t at = pos - base_;
    if constexpr (std::endian::native == std::endian::little) {
      uint64_t bits;
      std::memcpy(&bits, reinterpret_cast<const char*>(row.data()) + at / 8, sizeof bits);
      return bits >> at % 8;
    } else {
      const unsigned shift = at % 64;
      return row[at / 64] >> shift | row[at / 64 + 1] << 1 << (63 - shift);
    }
  }

  void refill(size_t pos);

  classifier classify_;
  const char* item_ = nullptr;
  size_t size_ = 0;
  size_t base_ = 0; ///< the window is [base_, end_).
  size_t end_ = 0;
  uint64_t high_before_ = 0; ///< not 0: octets beyond ASCII stand before the window.
  mark_rows rows_;
};

} // namespace fedhub::xml
