#include "conf/ctl/list_view.hpp"

#include <algorithm>
#include <set>

#include "conf/ctl/list_columns.hpp"

namespace fedhub::ctl {

namespace {

/// Fields beyond those that a list knows get at most this number of columns.
constexpr size_t most_unknown_columns = 16;
/// A value that should be whole, but is wider than this, is shown as a text that can shrink.
constexpr size_t widest_whole = 24;

bool is_known(const list_columns& columns, std::string_view key) {
  return std::ranges::find(columns.shown, key, &field_column::key) != columns.shown.end()
         || std::ranges::find(columns.not_shown, key) != columns.not_shown.end();
}

/// Returns the fields that the list does not know, sorted.
std::set<std::string> unknown_fields(const list_columns& columns, const std::vector<json>& items) {
  std::set<std::string> keys;
  for (const auto& item : items) {
    if (!item.is_object())
      continue;
    for (const auto& [key, value] : item.items()) {
      if (keys.size() == most_unknown_columns)
        return keys;
      if (!is_known(columns, key))
        keys.insert(key);
    }
  }
  return keys;
}

std::string title_of(std::string_view key, const text_style& style) {
  auto title = label_of(key, style);
  std::ranges::transform(title, title.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  });
  return title;
}

/// A table that is filled column by column.
class table_maker {
public:
  table_maker(const std::vector<json>& items, const text_style& style)
    : items_(items), style_(style), rows_(items.size()) {}

  void append(std::string_view key, std::string title, column_use use) {
    bool numbers = true;
    size_t widest = 0;
    for (size_t i = 0; i < items_.size(); ++i) {
      const auto& item = items_[i];
      const bool instead = !item.is_object() && columns_.empty();
      const auto& value = instead ? item : member(item, key);
      numbers = numbers && (value.is_number() || value.is_null());
      auto& cell = rows_[i].emplace_back(field_text(key, value, style_));
      widest = std::max(widest, display_width(cell));
    }
    if (use == column_use::fixed && widest > widest_whole)
      use = column_use::text;
    columns_.push_back({std::move(title), use, numbers});
  }

  table take() { return {std::move(columns_), std::move(rows_)}; }

private:
  const std::vector<json>& items_;
  const text_style& style_;
  std::vector<column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

} // namespace

list_text list_view(list_kind kind, const std::vector<json>& items, const text_style& style) {
  const auto& columns = columns_of(kind);
  if (items.empty())
    return {std::string{columns.none} + '\n', {}};
  table_maker maker{items, style};
  for (const auto& known : columns.shown)
    maker.append(known.key, std::string{known.title}, known.use);
  for (const auto& key : unknown_fields(columns, items))
    maker.append(key, title_of(key, style), column_use::text);
  auto [text, left_out] = lay_out(maker.take(), style.width, style.ellipsis());
  return {std::move(text), std::move(left_out)};
}

std::vector<json> elements_of(const json& array) {
  return array.is_array() ? std::vector<json>(array.begin(), array.end()) : std::vector<json>{};
}

} // namespace fedhub::ctl
