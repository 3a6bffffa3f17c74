// Makes text of unknown origin safe for a log line.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace fedhub {

/// Returns whether a terminal or an editor could act on `c`, or hide it, instead of showing it:
/// controls (C0, DEL, C1), line and paragraph separators, and format characters, such as those that
/// change the direction of writing.
bool is_deceptive(char32_t c);

/// Returns `text` as one line of visible characters. Controls below U+0080 and octets that are not
/// UTF-8 become `\xHH`, other deceptive characters `\u{HHHH}`. All other characters stay as they
/// are.
/// @param max_octets of the result, without the note on the octets cut off: `… (12 octets more)`.
std::string printable(std::string_view text, size_t max_octets);

} // namespace fedhub
