// Results of the XML scanner's parts: faults and steps.
#pragma once

#include <cstdint>

#include "protocol/errors/passage_obstacle.hpp"
#include "protocol/errors/stream_error.hpp"

namespace fedhub::xml {

/// A broken rule: its stream error and the reason in words. By default: no fault.
struct fault {
  stream_error error = stream_error::none;
  /// The limit that was exceeded, if the element can still be framed.
  passage_obstacle excess = passage_obstacle::none;
  const char* reason = "";

  explicit operator bool() const { return error != stream_error::none; }
};

/// Namespace faults are violations of well-formedness as well (RFC 6120 §4.9.3.13, §11.3). The
/// condition bad-namespace-prefix is for a bound prefix other than the expected one (§4.9.3.2).
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
/// For the limit in octets. The rest of the element is not read, so it cannot be framed.
constexpr fault over_size(const char* reason) {
  return {.error = stream_error::policy_violation, .reason = reason};
}
/// @pre `past_limits(x)`
constexpr fault over_limit(passage_obstacle x) {
  return {stream_error::policy_violation, x, describe(x)};
}

/// The result of one attempt to read a token.
enum class step : uint8_t {
  done,
  incomplete, ///< the octets end before the token does.
  failed,     ///< see the fault that is reported with it.
};

} // namespace fedhub::xml
