// Whether streams must be secured.
#pragma once

#include <cstdint>
#include <string_view>

namespace fedhub {

/// Which streams must, may or must not be secured (`federation.security_mode`).
enum class stream_security : uint8_t { no_tls, tls_optional, tls_required };

/// Returns the configuration's word, e.g. "tls-required".
std::string_view to_string(stream_security security);

} // namespace fedhub
