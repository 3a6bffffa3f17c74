// Durations, sizes and times as an operator reads and writes them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fedhub::ctl {

/// A moment in UTC.
using moment = std::chrono::sys_time<std::chrono::milliseconds>;

/// Returns "12 ms", "4.2 s", "3 min 20 s", "2 h", "5 d 1 h": the largest unit and the next one.
/// A negative duration has a "-". @param seconds finite.
std::string readable_duration(double seconds);

/// Returns "512 B", "1.5 KiB", "200 MiB": three digits. @param octets finite, not negative.
std::string readable_size(double octets);

/// Returns "3 min ago", "in 40 s" or "now": the largest unit only.
std::string relative_time(moment then, moment now);

/// Parses the duration of an option: "90s", "10m", "2h", "7d", or several of them, "1h30m".
/// @returns nothing if the text is anything else, or the duration is 0 or over 10 years.
std::optional<std::chrono::seconds> parse_duration(std::string_view text);

/// Parses a date and time like `admin::parse_rfc3339`. Digits after the milliseconds are ignored.
std::optional<moment> parse_time(std::string_view text);

/// Returns the time as RFC 3339 has it, in UTC and whole seconds: "2026-11-30T11:23:24Z".
std::string format_time(moment time);

} // namespace fedhub::ctl
