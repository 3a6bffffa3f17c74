// Where the octets are that matter to the scanner: sets of octets as bits, 64 octets to a word.
//
// Classifying is all that is done with vector instructions, and the same for every octet, so it
// depends on no branch and no earlier result. What walks the bits is ordinary code.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "protocol/xml/xml_instruction_set.hpp"

namespace fedhub::xml {

/// The marks of a few blocks of 64 octets: bit i of word k is octet 64 k + i's.
struct mark_rows {
  static constexpr size_t blocks = 8;
  /// Two more words behind the last block stop every search, also one that begins there.
  using row = std::array<uint64_t, blocks + 2>;

  row text;  ///< `<`, `&`, `>` and forbidden controls.
  row value; ///< `<`, `&`, `'`, `"` and forbidden controls.
  row name;  ///< ASCII characters that a name may have, the colon not among them.
  row high;  ///< octets beyond ASCII.
};

/// Classifies `count` blocks of 64 octets. @pre `count <= mark_rows::blocks`
using classifier = void (*)(const char* octets, size_t count, mark_rows& out);

/// @pre `available(x)`
classifier classifier_for(instruction_set x);

/// The marks of one item's octets, or of a window that moves over them. Positions count from the
/// item's first octet.
class mark_window {
public:
  explicit mark_window(classifier x) : classify_(x) {}

  /// From now on the item's octets so far are these; nothing is classified yet.
  void begin(const char* item, size_t size) {
    item_ = item;
    size_ = size;
    base_ = end_ = 0;
    high_before_ = 0;
  }

  const char* item() const { return item_; }
  size_t size() const { return size_; }

  /// The first mark of the row at or behind `pos`; `size()` if there is none.
  size_t find_in_text(size_t pos) { return find(rows_.text, pos); }
  size_t find_in_value(size_t pos) { return find(rows_.value, pos); }

  /// The first octet at or behind `pos` that is no ASCII name character. May stop early, at any
  /// octet, but not before `pos`: look at the octet there. @pre `pos < size()`
  size_t find_name_end(size_t pos) {
    if (pos - base_ >= end_ - base_)
      refill(pos);
    return pos + static_cast<size_t>(std::countr_one(bits_at(rows_.name, pos)));
  }

  /// Whether an octet beyond ASCII was seen before `pos`, or possibly somewhat behind it. Only what
  /// searches have passed counts, and what `note_high` says.
  bool high_before(size_t pos) const;
  /// Octets beyond ASCII were seen that no search passed.
  void note_high() { high_before_ = 1; }

private:
  // Unsigned arithmetic: a position before the window is as far out of it as one behind.
  size_t find(const mark_rows::row& row, size_t pos) {
    for (;;) {
      if (pos - base_ >= end_ - base_) {
        if (pos >= size_)
          return size_;
        refill(pos);
      }
      uint64_t bits = bits_at(row, pos);
      if (!bits) { // far off: on from the next whole word
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

  /// The marks from `pos` on to the end of the word, and possibly further; then zeros.
  /// @pre it is in the window.
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
  uint64_t high_before_ = 0; ///< not 0: there were octets beyond ASCII before the window.
  mark_rows rows_;
};

} // namespace fedhub::xml
