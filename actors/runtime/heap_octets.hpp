// How much heap memory an allocation takes.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

namespace fedhub {

/// Returns how much memory an allocation of so many octets takes: the size class of jemalloc
/// (jemalloc(3)), four for each doubling. 0 takes nothing.
constexpr int64_t heap_octets(uint64_t octets) {
  if (octets == 0)
    return 0;
  constexpr uint64_t quantum = 16;
  const auto step = std::max(quantum, std::bit_ceil(octets) / 8);
  // `step` is a power of two. A mask is faster than a division, and this is called for each stanza.
  return static_cast<int64_t>((octets + step - 1) & ~(step - 1));
}
static_assert(heap_octets(1) == 16 && heap_octets(128) == 128 && heap_octets(129) == 160);
static_assert(heap_octets(1025) == 1280 && heap_octets(65536) == 65536
              && heap_octets(65537) == 81920);

} // namespace fedhub
