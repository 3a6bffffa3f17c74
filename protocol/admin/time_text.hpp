// Times as the API writes them.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace fedhub::admin {

/// Returns a time in UTC (RFC 3339 §5.6), e.g. "2026-11-30T09:05:07.250Z": to the millisecond,
/// years 0000 to 9999.
std::string rfc3339(std::chrono::system_clock::time_point time);

/// Returns a certificate's time, whose range is wider than that of a `system_clock::time_point`. A
/// year past 9999 is written as the last second of 9999.
std::string rfc3339(std::chrono::sys_seconds time);

/// Reads a time (RFC 3339 §5.6), of years 1900 to 2200, which a `system_clock::time_point` can
/// hold; nothing if it is none. Digits of the second past the ninth are ignored.
std::optional<std::chrono::system_clock::time_point> parse_rfc3339(std::string_view text);

} // namespace fedhub::admin
