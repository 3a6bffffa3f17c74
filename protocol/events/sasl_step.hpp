// The elements of SASL.
#pragma once

#include <cstdint>
#include <string_view>

namespace fedhub {

/// The elements of SASL (RFC 6120 §6.4), for log and metrics.
enum class sasl_step : uint8_t { auth, challenge, response, abort, success, failure };

/// Returns the name of the element, e.g. "auth".
std::string_view to_string(sasl_step step);

} // namespace fedhub
