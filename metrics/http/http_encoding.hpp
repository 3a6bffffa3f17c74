// Compression of a response's body.
#pragma once

#include <string>
#include <string_view>

namespace fedhub {

/// Returns whether the client accepts a body in gzip (RFC 9110 §12.5.3).
/// @param accept_encoding the value of that header; empty if there is none.
bool accepts_gzip(std::string_view accept_encoding);

/// Compresses a body (RFC 1952).
std::string gzip(std::string_view body);

} // namespace fedhub
