#include "conf/file/layer_sum.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "conf/file/problem_list.hpp"

namespace fedhub::conf {

namespace {

/// Keys of [federation] that mean the same with and without `_file`.
constexpr std::array<std::string_view, 2> secrets_with_alternatives{"dialback_secret",
                                                                    "dialback_secret_previous"};

std::string row_text(std::string_view path, std::string_view identity) {
  return std::string{path} + ' ' + in_quotes(identity);
}

/// Returns the first key of a row that is not part of its identity; null if there is none.
const toml_member* key_beyond_identity(const toml_table& row, row_identity kind,
                                       std::string_view identity) {
  const auto identifying = row_of_identity(kind, identity, 0);
  if (!identifying) // an empty name, for example
    return nullptr;
  for (const auto& member : row)
    if (!find(*identifying, member.key))
      return &member;
  return nullptr;
}

toml_table* table_in(toml_member& member) { return std::get_if<toml_table>(&member.value.data); }
toml_array* rows_in(toml_member& member) { return std::get_if<toml_array>(&member.value.data); }

} // namespace

void layer_sum::add(std::filesystem::path file, toml_table document) {
  files_.push_back(std::move(file));
  merge(document_, std::move(document), "");
}

void layer_sum::merge(toml_table& into, toml_table from, const std::string& path) {
  drop_alternatives(into, from, path);
  toml_table result;
  result.reserve(into.size() + from.size());
  auto old = into.begin();
  for (auto& member : from) {
    while (old != into.end() && old->key < member.key)
      result.push_back(std::move(*old++));
    const bool known = old != into.end() && old->key == member.key;
    auto& merged = result.emplace_back(known ? std::move(*old++) : toml_member{member.key, 0, {}});
    merge_member(merged, std::move(member), known, path_of(path, merged.key));
  }
  std::move(old, into.end(), std::back_inserter(result));
  into = std::move(result);
}

void layer_sum::merge_member(toml_member& old, toml_member fresh, bool known,
                             const std::string& path) {
  const auto kind = row_identity_at(path);
  const bool is_table = table_in(fresh) != nullptr;
  const bool is_rows = kind && rows_in(fresh);
  const bool adds_up = (is_table && table_in(old)) || (is_rows && rows_in(old));
  if (known && !adds_up) {
    warn_of(path, old.value.layer, old.line, fresh.value, fresh.line, "sets");
    std::erase_if(known_, [&](const auto& entry) {
      return entry.first == path || entry.first.starts_with(path + '.');
    });
  }
  if (!is_table && !is_rows) {
    old = std::move(fresh);
    return;
  }
  auto added = std::move(fresh.value);
  if (!known || !adds_up) {
    old.line = fresh.line;
    old.value.line = added.line;
    old.value.layer = added.layer;
    if (is_table)
      old.value.data = toml_table{};
    else
      old.value.data = toml_array{};
  }
  if (is_table)
    merge(*table_in(old), std::get<toml_table>(std::move(added.data)), path);
  else
    merge_rows(*rows_in(old), std::get<toml_array>(std::move(added.data)), *kind, path);
}

void layer_sum::drop_alternatives(toml_table& into, const toml_table& from,
                                  const std::string& path) {
  if (path != "federation")
    return;
  for (const auto key : secrets_with_alternatives) {
    const auto file_key = std::string{key} + "_file";
    const auto drop = [&](std::string_view given, std::string_view other) {
      const auto* fresh = find(from, given);
      auto* old = find(into, other);
      if (!fresh || !old)
        return;
      warn_of(path_of(path, other), old->value.layer, old->line, fresh->value, fresh->line, "sets");
      into.erase(into.begin() + (old - into.data()));
    };
    drop(key, file_key);
    drop(file_key, key);
  }
}

// ---- rows --------------------------------------------------------------------------------------

void layer_sum::merge_rows(toml_array& into, toml_array from, row_identity kind,
                           const std::string& path) {
  // The identities of a single document's rows are not needed.
  auto* known = into.empty() ? nullptr : &know_rows(into, kind, path);
  known_rows none;
  into.reserve(into.size() + from.size());
  for (auto& row : from)
    merge_row(into, std::move(row), kind, path, known ? *known : none);
}

layer_sum::known_rows& layer_sum::know_rows(toml_array& rows, row_identity kind,
                                            const std::string& path) {
  const auto [i, fresh] = known_.try_emplace(path);
  auto& known = i->second;
  if (!fresh)
    return known;
  known.removed.resize(rows.size());
  for (size_t index = 0; index < rows.size(); ++index) {
    auto* row = std::get_if<toml_table>(&rows[index].data);
    if (!row)
      continue;
    const auto& [data, line, layer] = rows[index];
    // A node's default name comes from its place, which rows of later documents may change.
    if (path == "node" && layer == 0 && !find(*row, "name"))
      put(*row, {"name", line, {"node-" + std::to_string(index + 1), line, layer}});
    if (const auto identity = identity_of(kind, *row, folder_of(layer)))
      known.by_identity.try_emplace(*identity, known_row{index, layer, line, false});
  }
  return known;
}

void layer_sum::merge_row(toml_array& into, toml_value value, row_identity kind,
                          const std::string& path, known_rows& known) {
  auto* row = std::get_if<toml_table>(&value.data);
  const auto row_path = path_of(path, into.size());
  const auto report = [&](std::string_view key, std::string found, std::string allowed) {
    add_fault(
      {value.layer, value.line, path_of(row_path, key), std::move(found), std::move(allowed)});
  };
  const auto removed = row ? take_removed(*row, row_path) : false;
  if (!removed)
    return;
  if (row && value.layer != 0 && kind == row_identity::name && !find(*row, "name"))
    return report("name", "nothing", "a name, which is required outside the first file");
  const bool alone = known.removed.empty();
  const auto identity =
    row && (!alone || *removed) ? identity_of(kind, *row, folder_of(value.layer)) : std::nullopt;
  if (*removed && !identity)
    return report("removed", "true in a row without identity",
                  "true together with the keys that "
                  "identify the row");
  if (*removed)
    if (const auto* other = key_beyond_identity(*row, kind, *identity))
      return report("removed", "true together with " + in_quotes(other->key),
                    "true together with the keys that identify the row alone");
  if (*removed && alone)
    return warn(place(value.layer, value.line) + ": " + row_text(path, *identity)
                + " is removed, but no earlier file has it");
  const auto append = [&] {
    into.push_back(std::move(value));
    if (!alone)
      known.removed.push_back(false);
  };
  if (!identity)
    return append();
  const known_row now{into.size(), value.layer, value.line, *removed};
  const auto [i, fresh] = known.by_identity.try_emplace(*identity, now);
  auto& old = i->second;
  if (fresh && !*removed)
    return append();
  if (!fresh && old.layer == value.layer) {
    if (!old.removed && !*removed)
      return append(); // the reader reports a row that one document has twice
    return report("removed", "a row that the file both has and removes", "one of the two");
  }
  if (*removed && (fresh || old.removed)) {
    warn(place(value.layer, value.line) + ": " + row_text(path, *identity)
         + " is removed, but no earlier file has it");
    if (fresh)
      known.by_identity.erase(i);
    return;
  }
  if (!old.removed)
    warn_of(row_text(path, *identity), old.layer, old.line, value, value.line,
            *removed ? "removes" : "replaces");
  known.removed[old.index] = *removed;
  old = {old.index, value.layer, value.line, *removed};
  if (!*removed)
    into[old.index] = std::move(value);
}

std::optional<bool> layer_sum::take_removed(toml_table& row, const std::string& path) {
  const auto* member = find(std::as_const(row), "removed");
  if (!member)
    return false;
  const auto* flag = std::get_if<bool>(&member->value.data);
  if (!flag) {
    add_fault({member->value.layer, member->line, path_of(path, "removed"), describe(member->value),
               "true | false"});
    return {};
  }
  const bool result = *flag;
  row.erase(row.begin() + (member - row.data()));
  return result;
}

void layer_sum::finish() {
  for (auto& [path, rows] : known_)
    if (std::ranges::find(rows.removed, true) != rows.removed.end())
      remove_taken_back(document_, path);
  known_.clear();
}

void layer_sum::remove_taken_back(toml_table& table, const std::string& path) {
  auto* within = &table;
  std::string_view rest = path;
  for (auto dot = rest.find('.'); dot != rest.npos; dot = rest.find('.')) {
    auto* parent = find(*within, rest.substr(0, dot));
    within = parent ? table_in(*parent) : nullptr;
    if (!within)
      return;
    rest.remove_prefix(dot + 1);
  }
  auto* member = find(*within, rest);
  auto* rows = member ? rows_in(*member) : nullptr;
  if (!rows)
    return;
  const auto& removed = known_.at(path).removed;
  toml_array kept;
  kept.reserve(rows->size());
  for (size_t i = 0; i < rows->size(); ++i)
    if (!removed[i])
      kept.push_back(std::move((*rows)[i]));
  *rows = std::move(kept);
}

// ---- warnings ----------------------------------------------------------------------------------

std::filesystem::path layer_sum::folder_of(uint32_t layer) const {
  return files_.at(layer).parent_path();
}

std::string layer_sum::place(uint32_t layer, uint32_t line) const {
  return files_.at(layer).string() + ':' + std::to_string(line);
}

void layer_sum::add_fault(fault found) {
  if (faults_.size() < most_faults)
    faults_.push_back(std::move(found));
  else
    ++more_faults_;
}

void layer_sum::warn(std::string text) {
  if (warnings_.size() < most_warnings)
    warnings_.push_back(std::move(text));
  else
    ++more_warnings_;
}

void layer_sum::warn_of(std::string_view what, uint32_t layer, uint32_t line, const toml_value& by,
                        uint32_t by_line, std::string_view how) {
  warn(place(layer, line) + ": " + std::string{what} + " has no effect: " + place(by.layer, by_line)
       + ' ' + std::string{how} + " it");
}

std::vector<std::string> layer_sum::warnings() const {
  auto result = warnings_;
  if (more_warnings_ > 0)
    result.push_back(std::to_string(more_warnings_) + " more values or rows have no effect");
  return result;
}

} // namespace fedhub::conf
