#include "bench/load/stamp.hpp"

#include <bit>
#include <cstring>

namespace fedhub::load {

namespace {

constexpr uint64_t each_octet = 0x0101010101010101;

/// Converts eight digits at a time, in the order of memory: the first digit is the word's lowest
/// octet.
static_assert(std::endian::native == std::endian::little);

uint64_t digits_of(uint32_t value) {
  uint64_t uint64 = value;
  uint64 =
    (uint64 << 32 | uint64 >> 16) & 0x0000ffff0000ffff; // the upper half of the digits goes first
  uint64 = (uint64 << 16 | uint64 >> 8) & 0x00ff00ff00ff00ff;
  uint64 = (uint64 << 8 | uint64 >> 4) & 0x0f0f0f0f0f0f0f0f;
  const uint64_t letters =
    (uint64 + 6 * each_octet) >> 4 & each_octet; // 1 where a digit is above 9
  return uint64 + '0' * each_octet + letters * ('a' - '0' - 10);
}

/// Converts back. @returns whether all eight are lower-case digits.
bool value_of(uint64_t digits, uint32_t& value) {
  uint64_t uint64 = (digits & 0x0f * each_octet) + (digits >> 6 & each_octet) * 9;
  uint64 = (uint64 << 4 | uint64 >> 8) & 0x00ff00ff00ff00ff;
  uint64 = (uint64 << 8 | uint64 >> 16) & 0x0000ffff0000ffff;
  value = static_cast<uint32_t>(uint64 << 16 | uint64 >> 32);
  return digits_of(value) == digits;
}

uint64_t load_word(const char* from) {
  uint64_t word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

void store_word(char* to, uint64_t x) { std::memcpy(to, &x, sizeof x); }

} // namespace

void write_stamp(char* out, const stamp& stamp) {
  // Three words of eight digits: lane and upper time, sequence, lower time; the layout interleaves
  // them as SSSS NNNNNNNN TTTT TTTTTTTT.
  const uint64_t lane_and_time =
    digits_of(uint32_t{stamp.lane} << 16 | static_cast<uint32_t>(stamp.due >> 32 & 0xffff));
  const auto lane = static_cast<uint32_t>(lane_and_time);
  const auto upper = static_cast<uint32_t>(lane_and_time >> 32);
  out[0] = stamp_mark;
  std::memcpy(out + 1, &lane, sizeof lane);
  store_word(out + 5, digits_of(stamp.sequence));
  std::memcpy(out + 13, &upper, sizeof upper);
  store_word(out + 17, digits_of(static_cast<uint32_t>(stamp.due)));
}

std::optional<stamp> read_stamp(const char* text) {
  uint32_t lane, upper;
  std::memcpy(&lane, text + 1, sizeof lane);
  std::memcpy(&upper, text + 13, sizeof upper);
  uint32_t lane_and_time, sequence, lower;
  if (text[0] != stamp_mark || !value_of(uint64_t{upper} << 32 | lane, lane_and_time)
      || !value_of(load_word(text + 5), sequence) || !value_of(load_word(text + 17), lower))
    return std::nullopt;
  return stamp{.lane = static_cast<uint16_t>(lane_and_time >> 16),
               .sequence = sequence,
               .due = uint64_t{lane_and_time & 0xffff} << 32 | lower};
}

} // namespace fedhub::load
