// Lists of the API as tables.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "conf/ctl/field_text.hpp"

namespace fedhub::ctl {

enum class list_kind : uint8_t {
  domains,
  failing_domains, ///< the same rows; the columns say why they fail.
  streams,
  nodes,
  events,
  audit,
  config_changes,
  log_levels,
  other, ///< a list inside an answer: what names a row first, then the other fields.
};

/// A list as text.
struct list_text {
  std::string text;                  ///< lines; a sentence if the list is empty.
  std::vector<std::string> left_out; ///< titles of the columns for which there was no room.
};

/// Makes the table of a list. A field that the kind does not know gets a column of its own, at the
/// end. @param items any JSON values; a value that is no object is shown in the first column.
list_text list_view(list_kind kind, const std::vector<json>& items, const text_style& style);

/// Returns the elements of a JSON array; empty for any other value.
std::vector<json> elements_of(const json& array);

} // namespace fedhub::ctl
