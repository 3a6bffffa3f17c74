// Columns of a terminal that a text takes, and texts cut to a number of columns.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace fedhub::ctl {

/// A width that nothing exceeds: of output that goes into a pipe or a file.
inline constexpr size_t no_limit = static_cast<size_t>(-1);

/// Returns the number of columns that a terminal needs for `text`: 2 for a wide character, 0 for a
/// combining one, 1 for any other (Unicode, as the C library knows it). Does not depend on the
/// user's locale. @param text UTF-8 as `printable` returns it.
size_t display_width(std::string_view text);

/// Returns `text` if it takes at most `width` columns, else as much of its beginning as leaves room
/// for `ellipsis`. A combining character stays with the character before it. @param ellipsis one
/// column wide.
std::string fit(std::string_view text, size_t width, std::string_view ellipsis);

/// Breaks `text` at spaces into lines of at most `width` columns. A word that is wider than a line
/// is broken as well. @returns at least one line. @param width at least 2, since a wide character
/// needs as much.
std::vector<std::string> wrap(std::string_view text, size_t width);

} // namespace fedhub::ctl
