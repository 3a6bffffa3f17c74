// Checks that each stanza of a lane arrives once and in order.
#pragma once

#include <cstdint>
#include <map>

namespace fedhub::load {

/// Follows the sequence numbers of one lane as they arrive.
class sequence_check {
public:
  /// Takes the next number. @returns whether it is new.
  bool take(uint32_t sequence) {
    if (sequence == next_) [[likely]] {
      ++next_;
      return true;
    }
    return take_out_of_turn(sequence);
  }

  /// Returns how many are lost. @param sent how many were sent, from number 0.
  uint64_t lost(uint64_t sent) const;
  uint64_t doubled() const { return doubled_; }
  uint64_t reordered() const { return reordered_; } ///< numbers that came after a higher one.

private:
  bool take_out_of_turn(uint32_t sequence);

  uint64_t next_ = 0; ///< one above the highest number so far.
  uint64_t doubled_ = 0;
  uint64_t reordered_ = 0;
  std::map<uint64_t, uint64_t> gaps_; ///< begin and end of the gaps below `next_`.
};

} // namespace fedhub::load
