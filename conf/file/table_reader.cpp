#include "conf/file/table_reader.hpp"

#include <algorithm>

namespace fedhub::conf {

namespace {

/// Returns the number of insertions, deletions, substitutions and swaps of neighbours that change
/// `a` into `b` (optimal string alignment).
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before_last(b.size() + 1);
  std::vector<size_t> last(b.size() + 1);
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j)
    row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    std::swap(before_last, last);
    std::swap(last, row);
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
  }
  return row[b.size()];
}

std::string joined(const std::vector<std::string>& words) {
  std::string result;
  for (const auto& word : words)
    (result += result.empty() ? "" : ", ") += word;
  return result;
}

} // namespace

std::string_view nearest(std::string_view text, const std::vector<std::string>& candidates) {
  // The time is quadratic in the length, and no key of the schema is nearly that long.
  if (text.size() > 64)
    return {};
  std::string_view result;
  auto least = std::max<size_t>(1, text.size() / 3) + 1;
  for (const auto& candidate : candidates) {
    // The distance is at least that of the lengths.
    if (candidate.size() + least <= text.size() || text.size() + least <= candidate.size())
      continue;
    const auto distance = edit_distance(text, candidate);
    if (distance < least) {
      least = distance;
      result = candidate;
    }
  }
  return result;
}

void table_reader::finish() const {
  if (!table_)
    return;
  for (const auto& member : *table_) {
    if (known_set_.contains(member.key))
      continue;
    auto allowed = joined(known_);
    if (const auto meant = nearest(member.key, known_); !meant.empty())
      allowed += " (did you mean " + std::string{meant} + "?)";
    problems_->add(path(member.key), "an unknown key", std::move(allowed));
  }
}

bool table_reader::has(std::string_view key) { return take(key) != nullptr; }

uint32_t table_reader::layer_of(std::string_view key) {
  const auto* value = take(key);
  return value ? value->layer : 0;
}

void table_reader::report(std::string_view key, std::string found, std::string allowed) const {
  problems_->add(path(key), std::move(found), std::move(allowed));
}

void table_reader::report_element(std::string_view key, size_t index, std::string found,
                                  std::string allowed) const {
  problems_->add(path_of(path(key), index), std::move(found), std::move(allowed));
}

void table_reader::know(std::initializer_list<std::string_view> keys) {
  for (const auto key : keys)
    take(key);
}

void table_reader::require(std::string_view key, std::string_view allowed) {
  if (present() && !has(key))
    report(key, "nothing", std::string{allowed});
}

void table_reader::boolean(std::string_view key, bool& out) {
  const auto* value = take(key);
  if (!value)
    return;
  if (const auto* flag = std::get_if<bool>(&value->data))
    out = *flag;
  else
    report(key, describe(*value), "true | false");
}

std::optional<std::string> table_reader::secret_text(std::string_view key) {
  const auto* value = take(key);
  if (!value)
    return {};
  const auto* string = std::get_if<std::string>(&value->data);
  if (string && !string->empty())
    return *string;
  report(key, string ? "an empty string" : std::string{type_name(*value)}, "string, not empty");
  return {};
}

std::vector<std::string> table_reader::secret_texts(std::string_view key, size_t max_count) {
  const auto* value = take(key);
  if (!value)
    return {};
  const auto* array = std::get_if<toml_array>(&value->data);
  if (!array) {
    report(key, std::string{type_name(*value)}, "array of strings that are not empty");
    return {};
  }
  if (array->size() > max_count) {
    report(key, "an array of " + std::to_string(array->size()),
           "array of at most " + std::to_string(max_count));
    return {};
  }
  std::vector<std::string> result;
  for (size_t i = 0; i < array->size(); ++i) {
    const auto& element = (*array)[i];
    const auto* string = std::get_if<std::string>(&element.data);
    if (string && !string->empty())
      result.push_back(*string);
    else
      report_element(key, i, string ? "an empty string" : std::string{type_name(element)},
                     "string, not empty");
  }
  return result;
}

bool table_reader::is_empty_string(std::string_view key) {
  const auto* value = take(key);
  const auto* string = value ? std::get_if<std::string>(&value->data) : nullptr;
  return string && string->empty();
}

table_reader table_reader::table(std::string_view key) {
  const auto* value = take(key);
  const auto* table = value ? std::get_if<toml_table>(&value->data) : nullptr;
  if (value && !table)
    report(key, describe(*value), "table");
  return {*problems_, table, path(key)};
}

std::vector<table_reader> table_reader::tables(std::string_view key) {
  const auto allowed = "tables, each headed [[" + path(key) + "]]";
  std::vector<table_reader> result;
  const auto* array = take_array(key, allowed);
  if (!array)
    return result;
  for (size_t i = 0; i < array->size(); ++i) {
    const auto& element = (*array)[i];
    const auto element_path = path_of(path(key), i);
    const auto* table = std::get_if<toml_table>(&element.data);
    if (!table)
      problems_->add(element_path, describe(element), "table");
    result.emplace_back(*problems_, table, element_path);
  }
  return result;
}

std::vector<std::string> table_reader::keys() const {
  std::vector<std::string> result;
  if (table_)
    for (const auto& member : *table_)
      result.push_back(member.key);
  return result;
}

const toml_value* table_reader::take(std::string_view key) {
  if (!known_set_.contains(key)) {
    known_set_.emplace(key);
    known_.emplace_back(key);
  }
  const auto* member = table_ ? find(*table_, key) : nullptr;
  return member ? &member->value : nullptr;
}

const toml_array* table_reader::array_in(std::string_view key) {
  const auto* value = take(key);
  return value ? std::get_if<toml_array>(&value->data) : nullptr;
}

const toml_array* table_reader::take_array(std::string_view key, std::string_view element) {
  const auto* array = array_in(key);
  if (const auto* value = take(key); value && !array)
    report(key, describe(*value), "array of " + std::string{element});
  return array;
}

std::optional<int64_t> table_reader::take_integer(std::string_view key, int64_t min, int64_t max,
                                                  bool or_zero) {
  const auto* value = take(key);
  if (!value)
    return {};
  const auto* number = std::get_if<int64_t>(&value->data);
  if (number && ((*number >= min && *number <= max) || (or_zero && *number == 0)))
    return *number;
  report(key, number ? std::to_string(*number) : describe(*value),
         std::string{or_zero ? "0, or integer " : "integer "} + std::to_string(min) + ".."
           + std::to_string(max));
  return {};
}

const std::string* table_reader::string_in(const std::string& path, const toml_value& value,
                                           std::string_view allowed) const {
  const auto* text = std::get_if<std::string>(&value.data);
  if (!text)
    problems_->add(path, describe(value), "string: " + std::string{allowed});
  return text;
}

} // namespace fedhub::conf
