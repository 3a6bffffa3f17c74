#include "bench/load/sequence_check.hpp"

#include <iterator>

namespace fedhub::load {

bool sequence_check::take_out_of_turn(uint32_t sequence) {
  if (sequence > next_) {
    gaps_.emplace(next_, sequence);
    next_ = uint64_t{sequence} + 1;
    return true;
  }
  auto gap = gaps_.upper_bound(sequence);
  if (gap == gaps_.begin() || std::prev(gap)->second <= sequence) {
    ++doubled_;
    return false;
  }
  --gap;
  ++reordered_;
  const auto [begin, end] = *gap;
  gaps_.erase(gap);
  if (begin < sequence)
    gaps_.emplace(begin, sequence);
  if (uint64_t{sequence} + 1 < end)
    gaps_.emplace(uint64_t{sequence} + 1, end);
  return true;
}

uint64_t sequence_check::lost(uint64_t sent) const {
  uint64_t count = sent > next_ ? sent - next_ : 0;
  for (const auto& [begin, end] : gaps_)
    count += end - begin;
  return count;
}

} // namespace fedhub::load
