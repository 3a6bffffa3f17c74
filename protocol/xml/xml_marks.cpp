#include "protocol/xml/xml_marks.hpp"

#include <algorithm>
#include <cstring>

#include "protocol/text/xml_chars.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace fedhub::xml {

namespace {

// ---- any CPU ------------------------------------------------------------------------------------

struct octet_classes {
  static constexpr uint8_t text = 1;
  static constexpr uint8_t value = 2;
  static constexpr uint8_t name = 4;
  static constexpr uint8_t high = 8;

  std::array<uint8_t, 256> of{};

  constexpr octet_classes() {
    for (int i = 0; i < 256; ++i) {
      const char c = static_cast<char>(i);
      const bool both = c == '<' || c == '&' || is_forbidden_control(c);
      of[i] = static_cast<uint8_t>((both || c == '>' ? text : 0)
                                   | (both || c == '\'' || c == '"' ? value : 0)
                                   | (is_ascii_name_char(c) ? name : 0) | (is_ascii(c) ? 0 : high));
    }
  }
};
constexpr octet_classes classes;

void classify_scalar(const char* octets, size_t count, mark_rows& out) {
  for (size_t k = 0; k < count; ++k) {
    uint64_t text = 0, value = 0, name = 0, high = 0;
    for (unsigned i = 0; i < 64; ++i) {
      const uint64_t marks = classes.of[static_cast<unsigned char>(octets[64 * k + i])];
      text |= (marks & 1) << i;
      value |= (marks >> 1 & 1) << i;
      name |= (marks >> 2 & 1) << i;
      high |= marks >> 3 << i;
    }
    out.text[k] = text;
    out.value[k] = value;
    out.name[k] = name;
    out.high[k] = high;
  }
}

#if defined(__x86_64__)

// ---- SSE2, which every x86-64 has ---------------------------------------------------------------

__m128i equal(__m128i octets, char c) { return _mm_cmpeq_epi8(octets, _mm_set1_epi8(c)); }

/// Marks the octets in [first, last].
__m128i within(__m128i octets, char first, char last) {
  const __m128i above = _mm_sub_epi8(octets, _mm_set1_epi8(first));
  const __m128i most = _mm_set1_epi8(static_cast<char>(last - first));
  return _mm_cmpeq_epi8(_mm_min_epu8(above, most), above);
}

uint64_t bits(__m128i marks) { return static_cast<uint32_t>(_mm_movemask_epi8(marks)); }

void classify_sse2(const char* octets, size_t count, mark_rows& out) {
  for (size_t k = 0; k < count; ++k) {
    uint64_t text = 0, value = 0, name = 0, high = 0;
    for (unsigned i = 0; i < 64; i += 16) {
      const __m128i m128i = _mm_loadu_si128(reinterpret_cast<const __m128i*>(octets + 64 * k + i));
      const __m128i space = _mm_or_si128(within(m128i, '\t', '\n'), equal(m128i, '\r'));
      const __m128i control = _mm_andnot_si128(space, within(m128i, 0, 0x1F));
      const __m128i both =
        _mm_or_si128(_mm_or_si128(equal(m128i, '<'), equal(m128i, '&')), control);
      const __m128i quotes = _mm_or_si128(equal(m128i, '\''), equal(m128i, '"'));
      const __m128i letters = within(_mm_or_si128(m128i, _mm_set1_epi8(0x20)), 'a', 'z');
      const __m128i others = _mm_or_si128(within(m128i, '-', '.'), equal(m128i, '_'));
      text |= bits(_mm_or_si128(both, equal(m128i, '>'))) << i;
      value |= bits(_mm_or_si128(both, quotes)) << i;
      name |= bits(_mm_or_si128(_mm_or_si128(letters, within(m128i, '0', '9')), others)) << i;
      high |= bits(m128i) << i;
    }
    out.text[k] = text;
    out.value[k] = value;
    out.name[k] = name;
    out.high[k] = high;
  }
}

// ---- AVX2 ---------------------------------------------------------------------------------------

/// Sets of octets as products: an octet is in set i if bit i is set for both its low and its high
/// nibble. No set contains octets beyond ASCII: the shuffle by the low nibble gives 0 for them.
struct nibble_sets {
  alignas(16) std::array<uint8_t, 16> low{};
  alignas(16) std::array<uint8_t, 16> high{};

  /// Adds the octets `first` to `last`, which share a high nibble, to set i.
  constexpr void add(unsigned i, uint8_t first, uint8_t last) {
    for (unsigned c = first; c <= last; ++c)
      low[c & 15] |= static_cast<uint8_t>(1u << i);
    high[first >> 4] |= static_cast<uint8_t>(1u << i);
  }
};

constexpr nibble_sets stops = [] {
  nibble_sets sets;
  sets.add(0, 0x00, 0x08);
  sets.add(0, 0x0B, 0x0C);
  sets.add(0, 0x0E, 0x0F);
  sets.add(1, 0x10, 0x1F);
  sets.add(2, '&', '&');
  sets.add(3, '<', '<');
  sets.add(4, '>', '>');
  sets.add(5, '"', '"');
  sets.add(5, '\'', '\'');
  return sets;
}();
constexpr char stops_text = 0b011111;
constexpr char stops_value = 0b101111;

constexpr nibble_sets names = [] {
  nibble_sets sets;
  sets.add(0, 'A', 'O'); // the same low nibbles in both cases
  sets.add(0, 'a', 'o');
  sets.add(1, 'P', 'Z');
  sets.add(1, 'p', 'z');
  sets.add(2, '0', '9');
  sets.add(3, '-', '.');
  sets.add(4, '_', '_');
  return sets;
}();

#define FEDHUB_AVX2 [[gnu::target("avx2")]]

FEDHUB_AVX2 inline __m256i twice(const std::array<uint8_t, 16>& nibbles) {
  return _mm256_broadcastsi128_si256(
    _mm_load_si128(reinterpret_cast<const __m128i*>(nibbles.data())));
}

/// Returns for each octet the sets that contain it.
FEDHUB_AVX2 inline __m256i sets_of(__m256i octets, __m256i high_nibble, __m256i low_table,
                                   __m256i high_table) {
  return _mm256_and_si256(_mm256_shuffle_epi8(low_table, octets),
                          _mm256_shuffle_epi8(high_table, high_nibble));
}

/// Returns the octets that are in none of the sets in `mask`.
FEDHUB_AVX2 inline uint64_t in_none(__m256i sets, char mask) {
  const __m256i in = _mm256_and_si256(sets, _mm256_set1_epi8(mask));
  return static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(in, _mm256_setzero_si256())));
}

FEDHUB_AVX2 void classify_avx2(const char* octets, size_t count, mark_rows& out) {
  const __m256i stops_low = twice(stops.low), stops_high = twice(stops.high);
  const __m256i names_low = twice(names.low), names_high = twice(names.high);
  for (size_t k = 0; k < count; ++k) {
    uint64_t text = 0, value = 0, name = 0, high = 0;
    for (unsigned i = 0; i < 64; i += 32) {
      const __m256i m256i =
        _mm256_loadu_si256(reinterpret_cast<const __m256i*>(octets + 64 * k + i));
      const __m256i nibble = _mm256_and_si256(_mm256_srli_epi16(m256i, 4), _mm256_set1_epi8(15));
      const __m256i stop = sets_of(m256i, nibble, stops_low, stops_high);
      text |= in_none(stop, stops_text) << i;
      value |= in_none(stop, stops_value) << i;
      name |= in_none(sets_of(m256i, nibble, names_low, names_high), '\xFF') << i;
      high |= uint64_t{static_cast<uint32_t>(_mm256_movemask_epi8(m256i))} << i;
    }
    out.text[k] = ~text;
    out.value[k] = ~value;
    out.name[k] = ~name;
    out.high[k] = high;
  }
}

// ---- AVX-512, with the nibble sets of AVX2 ------------------------------------------------------

#define FEDHUB_AVX512 [[gnu::target("avx512bw")]]

FEDHUB_AVX512 inline __m512i four_times(const std::array<uint8_t, 16>& nibbles) {
  // The mask keeps every lane: g++ 12 warns about the inside of the intrinsic without a mask.
  return _mm512_maskz_broadcast_i32x4(
    0xFFFF, _mm_load_si128(reinterpret_cast<const __m128i*>(nibbles.data())));
}

FEDHUB_AVX512 void classify_avx512(const char* octets, size_t count, mark_rows& out) {
  const __m512i stops_low = four_times(stops.low), stops_high = four_times(stops.high);
  const __m512i names_low = four_times(names.low), names_high = four_times(names.high);
  for (size_t k = 0; k < count; ++k) {
    const __m512i m512i = _mm512_loadu_si512(octets + 64 * k);
    const __m512i nibble = _mm512_and_si512(_mm512_srli_epi16(m512i, 4), _mm512_set1_epi8(15));
    const __m512i stop = _mm512_and_si512(_mm512_shuffle_epi8(stops_low, m512i),
                                          _mm512_shuffle_epi8(stops_high, nibble));
    out.text[k] = _mm512_test_epi8_mask(stop, _mm512_set1_epi8(stops_text));
    out.value[k] = _mm512_test_epi8_mask(stop, _mm512_set1_epi8(stops_value));
    out.name[k] = _mm512_test_epi8_mask(_mm512_shuffle_epi8(names_low, m512i),
                                        _mm512_shuffle_epi8(names_high, nibble));
    out.high[k] = _mm512_movepi8_mask(m512i);
  }
}

#endif

} // namespace

std::string_view to_string(instruction_set instructions) {
  constexpr std::string_view names[] = {"scalar", "sse2", "avx2", "avx512"};
  return names[static_cast<size_t>(instructions)];
}

bool available(instruction_set instructions) {
#if defined(__x86_64__)
  switch (instructions) {
  case instruction_set::avx512:
    return __builtin_cpu_supports("avx512bw");
  case instruction_set::avx2:
    return __builtin_cpu_supports("avx2");
  case instruction_set::sse2:
  case instruction_set::scalar:
    break;
  }
  return true;
#else
  return instructions == instruction_set::scalar;
#endif
}

instruction_set best_instruction_set() {
  static const instruction_set best = [] {
    for (const auto fastest :
         {instruction_set::avx512, instruction_set::avx2, instruction_set::sse2})
      if (available(fastest))
        return fastest;
    return instruction_set::scalar;
  }();
  return best;
}

classifier classifier_for(instruction_set instructions) {
#if defined(__x86_64__)
  if (instructions == instruction_set::avx512)
    return classify_avx512;
  if (instructions == instruction_set::avx2)
    return classify_avx2;
  if (instructions == instruction_set::sse2)
    return classify_sse2;
#endif
  (void)instructions;
  return classify_scalar;
}

bool mark_window::high_before(size_t pos) const {
  uint64_t seen = high_before_;
  const size_t upto = std::clamp(pos, base_, end_) - base_;
  for (size_t k = 0; k < upto / 64; ++k)
    seen |= rows_.high[k];
  if (upto % 64)
    seen |= rows_.high[upto / 64] << (64 - upto % 64);
  return seen != 0;
}

void mark_window::refill(size_t pos) {
  // Half a window covers most stanzas. A whole one would classify the octets after them twice.
  const size_t most = end_ == 0 ? mark_rows::blocks / 2 : mark_rows::blocks;
  for (size_t k = 0; k < (end_ - base_ + 63) / 64; ++k)
    high_before_ |= rows_.high[k];
  const size_t rest = size_ - pos;
  size_t count = std::min(most, rest / 64);
  base_ = pos;
  end_ = pos + std::min(rest, most * 64);
  classify_(item_ + pos, count, rows_);
  if (count < most && rest % 64) {
    // The last octets, padded with NULs: a NUL is a mark, and no name character.
    char block[64] = {};
    std::memcpy(block, item_ + pos + 64 * count, rest % 64);
    mark_rows last;
    classify_(block, 1, last);
    rows_.text[count] = last.text[0];
    rows_.value[count] = last.value[0];
    rows_.name[count] = last.name[0];
    rows_.high[count] = last.high[0];
    ++count;
  }
  for (size_t k = count; k < count + 2; ++k) {
    rows_.text[k] = rows_.value[k] = ~uint64_t{0};
    rows_.name[k] = 0;
  }
}

} // namespace fedhub::xml
