// The scanner's inner loops: the next octet that matters, 16 octets at a time.
//
// All of them take octets [p, end) and never read outside. `high` collects, in any bit, whether an
// octet beyond ASCII was seen on the way (possibly one behind the octet found): only then does
// the item need its UTF-8 checked.
#pragma once

#include <bit>
#include <cstdint>

#include "protocol/xml_chars.hpp"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace fedhub::xml {

#if defined(__SSE2__)
namespace simd {

using block = __m128i;

inline block load(const char* p) { return _mm_loadu_si128(reinterpret_cast<const block*>(p)); }
inline uint32_t bits(block x) { return static_cast<uint32_t>(_mm_movemask_epi8(x)); }
inline block equal(block x, char c) { return _mm_cmpeq_epi8(x, _mm_set1_epi8(c)); }

/// Octets in [first, last], both ASCII.
inline block within(block x, char first, char last) {
  // Moves the range to the bottom of the signed octets, where one comparison decides.
  const block moved = _mm_add_epi8(x, _mm_set1_epi8(static_cast<char>(-128 - first)));
  return _mm_cmplt_epi8(moved, _mm_set1_epi8(static_cast<char>(-128 + (last - first) + 1)));
}

inline block forbidden_controls(block x) {
  const block low = _mm_cmpeq_epi8(_mm_min_epu8(x, _mm_set1_epi8(0x1F)), x);
  const block space = _mm_or_si128(_mm_or_si128(equal(x, '\t'), equal(x, '\n')), equal(x, '\r'));
  return _mm_andnot_si128(space, low);
}

} // namespace simd
#endif

/// The first `<`, `&`, `>` or forbidden control in character data; `end` if there is none.
inline const char* find_in_text(const char* p, const char* end, uint32_t& high) {
#if defined(__SSE2__)
  for (; end - p >= 16; p += 16) {
    const simd::block x = simd::load(p);
    const simd::block marks =
      _mm_or_si128(_mm_or_si128(simd::equal(x, '<'), simd::equal(x, '&')),
                   _mm_or_si128(simd::equal(x, '>'), simd::forbidden_controls(x)));
    high |= simd::bits(x);
    if (const uint32_t found = simd::bits(marks))
      return p + std::countr_zero(found);
  }
#endif
  for (; p != end; ++p) {
    const char c = *p;
    if (c == '<' || c == '&' || c == '>' || is_forbidden_control(c))
      return p;
    high |= !is_ascii(c);
  }
  return end;
}

/// The first `quote`, `<`, `&` or forbidden control in an attribute value; `end` if there is none.
inline const char* find_in_value(const char* p, const char* end, char quote, uint32_t& high) {
#if defined(__SSE2__)
  for (; end - p >= 16; p += 16) {
    const simd::block x = simd::load(p);
    const simd::block marks =
      _mm_or_si128(_mm_or_si128(simd::equal(x, quote), simd::equal(x, '<')),
                   _mm_or_si128(simd::equal(x, '&'), simd::forbidden_controls(x)));
    high |= simd::bits(x);
    if (const uint32_t found = simd::bits(marks))
      return p + std::countr_zero(found);
  }
#endif
  for (; p != end; ++p) {
    const char c = *p;
    if (c == quote || c == '<' || c == '&' || is_forbidden_control(c))
      return p;
    high |= !is_ascii(c);
  }
  return end;
}

/// The first `]` or forbidden control in a CDATA section; `end` if there is none.
inline const char* find_in_cdata(const char* p, const char* end, uint32_t& high) {
#if defined(__SSE2__)
  for (; end - p >= 16; p += 16) {
    const simd::block x = simd::load(p);
    high |= simd::bits(x);
    if (const uint32_t found =
          simd::bits(_mm_or_si128(simd::equal(x, ']'), simd::forbidden_controls(x))))
      return p + std::countr_zero(found);
  }
#endif
  for (; p != end && *p != ']' && !is_forbidden_control(*p); ++p)
    high |= !is_ascii(*p);
  return p;
}

/// A run of octets that a qualified name may consist of: ASCII name characters, colons and octets
/// beyond ASCII. Whether they make a name is not yet said.
struct name_run {
  const char* end = nullptr;
  const char* colon = nullptr; ///< the first one.
  bool plain = true;           ///< at most one colon and nothing beyond ASCII.
};

inline name_run find_name_end(const char* p, const char* end) {
  name_run run;
#if defined(__SSE2__)
  if (end - p >= 16) { // most names fit in one block
    const simd::block x = simd::load(p);
    const simd::block letters = simd::within(_mm_or_si128(x, _mm_set1_epi8(0x20)), 'a', 'z');
    const simd::block digits_and_colon = simd::within(x, '0', ':');
    const simd::block others = _mm_or_si128(simd::within(x, '-', '.'), simd::equal(x, '_'));
    // Octets beyond ASCII have their top bit set, which is all that `bits` looks at.
    const uint32_t inside =
      simd::bits(_mm_or_si128(_mm_or_si128(letters, digits_and_colon), _mm_or_si128(others, x)));
    if (const uint32_t outside = ~inside & 0xFFFF) {
      const uint32_t upto = (outside & -outside) - 1;
      const uint32_t colons = simd::bits(simd::equal(x, ':')) & upto;
      run.end = p + std::countr_zero(outside);
      if (colons)
        run.colon = p + std::countr_zero(colons);
      run.plain = !(colons & (colons - 1)) && !(simd::bits(x) & upto);
      return run;
    }
  }
#endif
  for (; p != end; ++p) {
    const char c = *p;
    if (c == ':') {
      if (run.colon)
        run.plain = false;
      else
        run.colon = p;
    } else if (!is_ascii(c)) {
      run.plain = false;
    } else if (!is_ascii_name_char(c)) {
      break;
    }
  }
  run.end = p;
  return run;
}

} // namespace fedhub::xml
