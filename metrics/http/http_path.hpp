// The path of a request's target.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fedhub {

/// Splits a path at its slashes, then decodes the escapes of each segment (RFC 3986 §3.3, §2.4): an
/// escaped slash belongs to its segment. A slash at the end begins an empty segment; "/" has none.
/// Dot segments stay, since a client removes them.
///
/// | target | segments |
/// | --- | --- |
/// | `/` | |
/// | `/domains/a%2Fb?x=1` | `domains`, `a/b` |
/// | `/domains/` | `domains`, empty |
/// | `http://hub.example/status` | `status` |
///
/// @param target `http_request::target`, in origin form or absolute form (RFC 9112 §3.2).
/// @returns nothing if it has no path, or an escape is not `%` and two hexadecimal digits or stands
/// for NUL.
std::optional<std::vector<std::string>> path_segments(std::string_view target);

} // namespace fedhub
