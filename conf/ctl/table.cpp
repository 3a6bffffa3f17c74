#include "conf/ctl/table.hpp"

#include <algorithm>
#include <optional>

#include "conf/ctl/display_width.hpp"

namespace fedhub::ctl {

namespace {

constexpr size_t gap = 2; ///< spaces between two columns.
/// The width that a column of texts and one of names keep.
constexpr size_t least_text = 8;
constexpr size_t least_name = 12;

/// A column that is shown.
struct place {
  size_t index; ///< in the table.
  size_t width;
  column_use use;

  /// Returns the width below which the column does not shrink.
  size_t least() const {
    switch (use) {
    case column_use::name:
      return std::min(width, least_name);
    case column_use::text:
      return std::min(width, least_text);
    default:
      return width;
    }
  }
};

using places = std::vector<place>;

bool is_empty(const table& shown, size_t column) {
  return std::ranges::all_of(shown.rows, [column](const auto& row) { return row[column].empty(); });
}

places all_places(const table& shown) {
  places result;
  for (size_t i = 0; i < shown.columns.size(); ++i) {
    if (!shown.rows.empty() && is_empty(shown, i))
      continue;
    size_t width = display_width(shown.columns[i].title);
    for (const auto& row : shown.rows)
      width = std::max(width, display_width(row[i]));
    result.push_back({i, width, shown.columns[i].use});
  }
  return result;
}

template <class Width>
size_t sum_of(const places& columns, Width width) {
  size_t sum = columns.empty() ? 0 : gap * (columns.size() - 1);
  for (const auto& column : columns)
    sum += width(column);
  return sum;
}

size_t full_width(const places& columns) {
  return sum_of(columns, [](const place& column) { return column.width; });
}

/// Returns the column to leave out next: the last one of the first use that there is.
std::optional<size_t> least_needed(const places& columns) {
  for (const auto use : {column_use::extra, column_use::fixed, column_use::text})
    for (size_t i = columns.size(); i-- > 0;)
      if (columns[i].use == use)
        return i;
  return std::nullopt;
}

/// Leaves columns out until the others can shrink enough. @returns the titles left out.
std::vector<std::string> leave_out(places& columns, const table& shown, size_t width) {
  std::vector<std::string> titles;
  while (sum_of(columns, [](const place& column) { return column.least(); }) > width) {
    const auto unneeded = least_needed(columns);
    if (!unneeded)
      break;
    titles.push_back(shown.columns[columns[*unneeded].index].title);
    columns.erase(columns.begin() + static_cast<std::ptrdiff_t>(*unneeded));
  }
  std::ranges::reverse(titles);
  return titles;
}

/// Shrinks the columns of one use, the widest first, until all fit or these can shrink no more.
void shrink(places& columns, column_use use, size_t least, size_t width) {
  for (auto too_much = full_width(columns); too_much > width; --too_much) {
    place* widest = nullptr;
    for (auto& column : columns)
      if (column.use == use && column.width > least && (!widest || column.width >= widest->width))
        widest = &column;
    if (!widest)
      return;
    --widest->width;
  }
}

void append_cell(std::string& line, std::string_view cell, size_t width, bool right) {
  const auto padding = width - std::min(width, display_width(cell));
  if (right)
    line.append(padding, ' ');
  line += cell;
  if (!right)
    line.append(padding, ' ');
}

} // namespace

laid_out lay_out(const table& shown, size_t width, std::string_view ellipsis) {
  laid_out result;
  auto columns = all_places(shown);
  if (full_width(columns) > width) {
    result.left_out = leave_out(columns, shown, width);
    shrink(columns, column_use::text, least_text, width);
    shrink(columns, column_use::name, least_name, width);
    shrink(columns, column_use::name, 1, width); // a terminal that is narrower than a name
  }
  const auto append_line = [&](const auto& cell_of) {
    std::string line;
    for (const auto& column : columns) {
      if (column.index != columns.front().index)
        line.append(gap, ' ');
      append_cell(line, fit(cell_of(column.index), column.width, ellipsis), column.width,
                  shown.columns[column.index].right);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    result.text += line + '\n';
  };
  append_line([&](size_t i) -> const std::string& { return shown.columns[i].title; });
  for (const auto& row : shown.rows)
    append_line([&](size_t i) -> const std::string& { return row[i]; });
  return result;
}

} // namespace fedhub::ctl
