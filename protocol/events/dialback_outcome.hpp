// The outcome of a step of dialback.
#pragma once

#include <cstdint>
#include <string_view>

namespace fedhub {

/// The outcome in a `type` attribute (XEP-0220 §2.1); `none` for the two steps that carry a key.
enum class dialback_outcome : uint8_t { none, valid, invalid, error };

/// Returns the value of the attribute, e.g. "valid".
std::string_view to_string(dialback_outcome outcome);

} // namespace fedhub
