// The stamp that the generator writes into each stanza's id: lane, number, and time when due.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace fedhub::load {

/// A stanza's stamp. Its text is `~SSSSNNNNNNNNTTTTTTTTTTTT`, in lower-case hexadecimal. The
/// generator sends no other `~`, so memchr finds the stamps. Servers pass ids on unchanged,
/// whatever else they rewrite.
struct stamp {
  uint16_t lane = 0;     ///< S: number of the stream.
  uint32_t sequence = 0; ///< N: from 0 in each lane.
  uint64_t due = 0;      ///< T: intended send time, ns since the run's start; 48 bits, 78 hours.

  bool operator==(const stamp&) const = default;
};

inline constexpr char stamp_mark = '~';
inline constexpr size_t stamp_size = 25; ///< octets, the mark included.

/// Writes a stamp, `stamp_size` octets.
void write_stamp(char* out, const stamp& stamp);

/// Reads a stamp. @param text at least `stamp_size` octets that begin with the mark.
/// @returns nothing if they are no stamp.
std::optional<stamp> read_stamp(const char* text);

} // namespace fedhub::load
