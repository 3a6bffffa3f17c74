// How a domain pair is proved.
#pragma once

#include <cstdint>
#include <string_view>

namespace fedhub {

/// The way in which a pair was proved, for log and metrics.
enum class proof_method : uint8_t {
  dialback,      ///< its key was verified.
  external,      ///< SASL EXTERNAL.
  certificate,   ///< its key came on a stream whose certificate proves the sender (XEP-0344).
  configuration, ///< it belongs to a trusted node.
};

/// Returns the name of the method, e.g. "external".
std::string_view to_string(proof_method method);

} // namespace fedhub
