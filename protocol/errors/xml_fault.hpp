// How the parts of the XML scanner tell what became of a token.
#pragma once

#include <cstdint>

#include "protocol/errors/passage_obstacle.hpp"
#include "protocol/errors/stream_error.hpp"

namespace fedhub::xml {

/// A broken rule: the stream error that it earns and the reason in words; no fault by default.
struct fault {
  stream_error error = stream_error::none;
  /// The limit that was passed, if the element can be framed all the same.
  passage_obstacle excess = passage_obstacle::none;
  const char* reason = "";

  explicit operator bool() const { return error != stream_error::none; }
};

/// Namespace faults too are violations of well-formedness (RFC 6120 §4.9.3.13, §11.3);
/// bad-namespace-prefix is for a bound prefix that is not the one expected (§4.9.3.2).
constexpr fault not_well_formed(const char* reason) {
  return {.error = stream_error::not_well_formed, .reason = reason};
}
constexpr fault restricted(const char* reason) {
  return {.error = stream_error::restricted_xml, .reason = reason};
}
constexpr fault bad_encoding(const char* reason) {
  return {.error = stream_error::unsupported_encoding, .reason = reason};
}
constexpr fault bad_format(const char* reason) {
  return {.error = stream_error::bad_format, .reason = reason};
}
/// The limit in octets: there is no more to be read, so nothing can be framed.
constexpr fault over_size(const char* reason) {
  return {.error = stream_error::policy_violation, .reason = reason};
}
/// @pre `past_limits(x)`
constexpr fault over_limit(passage_obstacle x) {
  return {stream_error::policy_violation, x, describe(x)};
}

/// The outcome of one attempt at a token.
enum class step : uint8_t {
  done,
  incomplete, ///< the octets end before the token does.
  failed,     ///< see the fault that comes with it.
};

} // namespace fedhub::xml
