// The columns of each list.
#pragma once

#include <span>
#include <string_view>

#include "conf/ctl/list_view.hpp"
#include "conf/ctl/table.hpp"

namespace fedhub::ctl {

/// A field of a row that has a column.
struct field_column {
  std::string_view key;
  std::string_view title;
  column_use use;
};

struct list_columns {
  std::string_view none;                       ///< the sentence for an empty list.
  std::span<const field_column> shown;         ///< from left to right.
  std::span<const std::string_view> not_shown; ///< fields that another command shows.
};

const list_columns& columns_of(list_kind kind);

} // namespace fedhub::ctl
