// Text of unknown origin as it may stand in a line of a log.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace fedhub {

/// Whether a terminal or an editor could act on `c`, or hide it, instead of showing it: controls
/// (C0, DEL, C1), line and paragraph separators, and format characters such as those that change
/// the direction of writing.
bool is_deceptive(char32_t c);

/// Returns `text` on one line of visible characters. Controls below U+0080 and octets that are not
/// UTF-8 become `\xHH`, other deceptive characters `\u{HHHH}`; all else stays as it is.
/// @param max_octets of the result; what is cut off is counted behind it: `… (12 octets more)`.
std::string printable(std::string_view text, size_t max_octets);

} // namespace fedhub
