// The steps of dialback.
#pragma once

#include <cstdint>
#include <string_view>

namespace fedhub {

/// The steps of dialback, for log and metrics (XEP-0220 §2.1). The key is sent in `db:result`. A
/// `db:verify` asks about it, and a `db:verify` with a type answers. A `db:result` with a type
/// reports the outcome.
enum class dialback_step : uint8_t { key, verify_request, verify_response, result };

/// Returns the name of the step, e.g. "verify-request".
std::string_view to_string(dialback_step step);

} // namespace fedhub
