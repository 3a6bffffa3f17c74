// Tables that fit a terminal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fedhub::ctl {

/// What happens to a column where the terminal is too narrow for all.
enum class column_use : uint8_t {
  name,  ///< names its row. Shrinks after all others, and is never left out.
  fixed, ///< is whole or not there, e.g. a number, since a part of it would be wrong. Left out
         ///< last.
  text,  ///< shrinks, the widest first. Left out last.
  extra, ///< as `fixed`; left out first, from the right to the left.
};

struct column {
  std::string title;
  column_use use = column_use::text;
  bool right = false; ///< aligned to the right, as numbers are.
};

struct table {
  std::vector<column> columns;
  /// Each row has a cell for each column: UTF-8 as `printable` returns it.
  std::vector<std::vector<std::string>> rows;
};

/// The text of a table.
struct laid_out {
  std::string text;                  ///< lines, each with its end, without spaces before it.
  std::vector<std::string> left_out; ///< titles of the columns for which there was no room.
};

/// Lays out a table with one line for the titles and one for each row. Columns that are empty in
/// each row are not shown. @param width columns of the terminal, or `no_limit`. @param ellipsis see
/// `fit`.
laid_out lay_out(const table& shown, size_t width, std::string_view ellipsis);

} // namespace fedhub::ctl
