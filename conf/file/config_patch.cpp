#include "conf/file/config_patch.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <variant>

#include <nlohmann/json.hpp>

#include "conf/file/file_only.hpp"
#include "conf/file/problem_list.hpp"

namespace fedhub::conf {

namespace {

using patch_json = nlohmann::json;

/// Far more than the schema needs. Bounds the recursion over a patch.
constexpr int max_patch_depth = 32;
constexpr std::string_view mask = "***";

/// Parses a patch. @returns nothing unless it is an object.
std::optional<patch_json> parse_patch(std::string_view text) {
  bool too_deep = false;
  const patch_json::parser_callback_t bound = [&](int depth, auto, auto&) {
    too_deep = too_deep || depth > max_patch_depth;
    return !too_deep;
  };
  auto parsed = patch_json::parse(text, bound, false);
  if (too_deep || !parsed.is_object())
    return {};
  return parsed;
}

/// Returns what a problem shows of a value.
std::string shown_json(const patch_json& value) {
  if (value.is_string())
    return "string";
  return std::string{value.type_name()};
}

/// Rows by their identity.
class row_index {
public:
  row_index(const toml_array* rows, row_identity kind, const layer_sum& sum,
            const std::filesystem::path& file) {
    for (size_t i = 0; rows && i < rows->size(); ++i) {
      const auto* row = std::get_if<toml_table>(&(*rows)[i].data);
      if (!row)
        continue;
      const auto layer = (*rows)[i].layer;
      const auto folder = (layer < sum.files().size() ? sum.files()[layer] : file).parent_path();
      auto identity = identity_of(kind, *row, folder);
      if (!identity && kind == row_identity::name && layer == 0)
        identity = "node-" + std::to_string(i + 1); // its default name
      if (identity)
        places_.try_emplace(std::move(*identity), i);
    }
  }

  std::optional<size_t> find(const std::string& identity) const {
    const auto i = places_.find(identity);
    return i == places_.end() ? std::nullopt : std::optional{i->second};
  }

  void put(const std::string& identity, size_t place) { places_[identity] = place; }
  void erase(const std::string& identity) { places_.erase(identity); }

private:
  std::unordered_map<std::string, size_t> places_;
};

const toml_array* rows_at(const toml_table* table, std::string_view key) {
  const auto* member = table ? find(*table, key) : nullptr;
  return member ? std::get_if<toml_array>(&member->value.data) : nullptr;
}

bool is_removal(const toml_table& row) {
  const auto* member = find(row, "removed");
  const auto* flag = member ? std::get_if<bool>(&member->value.data) : nullptr;
  return flag && *flag;
}

void erase_key(toml_table& table, std::string_view key) {
  if (const auto* member = find(std::as_const(table), key))
    table.erase(table.begin() + (member - table.data()));
}

class patcher {
public:
  patcher(const layer_sum& below, const std::filesystem::path& file) : below_(below), file_(file) {}

  void apply(toml_table& console, const toml_table* below, const patch_json& patch,
             const std::string& path) {
    for (const auto& [key, value] : patch.items())
      apply_member(console, below, key, value, path_of(path, key));
  }

  void report(std::string_view key, std::string found, std::string allowed) {
    if (problems_.size() == most_problems)
      return void(++more_problems_);
    problems_.push_back(
      {file_.string(), 0, std::string{key}, std::move(found), std::move(allowed)});
  }

  std::vector<problem> take() && { return std::move(problems_); }
  size_t more_problems() const { return more_problems_; }

private:
  void apply_member(toml_table& console, const toml_table* below, const std::string& key,
                    const patch_json& value, const std::string& path) {
    const auto kind = row_identity_at(path);
    if (is_file_only(path) || kind == row_identity::chain_file)
      return report(path, "a change through the API", std::string{file_only_allowed});
    if (value.is_null())
      return erase_key(console, key);
    if (kind)
      return apply_rows(console, below, key, *kind, value, path);
    if (!value.is_object()) {
      if (auto converted = convert(value, path))
        put(console, {key, 0, std::move(*converted)});
      return;
    }
    auto* member = find(console, key);
    if (!member || !std::holds_alternative<toml_table>(member->value.data)) {
      put(console, {key, 0, {toml_table{}, 0, 0}});
      member = find(console, key);
    }
    const auto* known = below ? find(*below, key) : nullptr;
    auto& inner = std::get<toml_table>(member->value.data);
    apply(inner, known ? std::get_if<toml_table>(&known->value.data) : nullptr, value, path);
    if (inner.empty())
      erase_key(console, key);
  }

  void apply_rows(toml_table& console, const toml_table* below, const std::string& key,
                  row_identity kind, const patch_json& value, const std::string& path) {
    if (!value.is_object())
      return report(path, shown_json(value), "object with a row for each identity, or null");
    const auto* old_rows = rows_at(below, key);
    const row_index old{old_rows, kind, below_, file_};
    auto* member = find(console, key);
    auto rows = member && std::holds_alternative<toml_array>(member->value.data)
                  ? std::get<toml_array>(std::move(member->value.data))
                  : toml_array{};
    row_index own{&rows, kind, below_, file_};
    for (const auto& [text, change] : value.items()) {
      const auto identity = normalised_identity(kind, text);
      const auto place = old.find(identity);
      apply_row(rows, own, place ? &(*old_rows)[*place] : nullptr, kind, identity, change,
                path + '.' + in_quotes(text));
    }
    std::erase_if(rows, [](const toml_value& row) {
      const auto* table = std::get_if<toml_table>(&row.data);
      return table && table->empty();
    });
    if (rows.empty())
      erase_key(console, key);
    else
      put(console, {key, 0, {std::move(rows), 0, 0}});
  }

  /// @param old the row of the earlier files; null: they have none. A row of `rows` that is to be
  /// erased becomes empty.
  void apply_row(toml_array& rows, row_index& own, const toml_value* old, row_identity kind,
                 const std::string& identity, const patch_json& change, const std::string& path) {
    const auto place = own.find(identity);
    const auto* mine = place ? std::get_if<toml_table>(&rows[*place].data) : nullptr;
    const auto* theirs = old ? std::get_if<toml_table>(&old->data) : nullptr;
    const bool removed = mine && is_removal(*mine);
    std::optional<toml_table> row;
    if (change.is_null()) {
      if (removed || (!mine && !theirs))
        return report(path, "no such row", "a row that is in force");
      row = theirs ? row_of_identity(kind, identity, 0) : toml_table{};
      if (row && theirs)
        put(*row, {"removed", 0, {true, 0, 0}});
    } else if (change.is_object()) {
      row = changed_row(mine && !removed ? mine : theirs, kind, identity, change, path);
    } else {
      report(path, shown_json(change), "object, or null to remove the row");
    }
    if (!row)
      return;
    if (place) {
      rows[*place] = {std::move(*row), 0, 0};
      return;
    }
    own.put(identity, rows.size());
    rows.push_back({std::move(*row), 0, 0});
  }

  /// @param base the row in force; null: the row is new.
  std::optional<toml_table> changed_row(const toml_table* base, row_identity kind,
                                        const std::string& identity, const patch_json& change,
                                        const std::string& path) {
    auto row = base ? std::optional{*base} : row_of_identity(kind, identity, 0);
    if (!row) {
      report(path, "no identity of a row",
             kind == row_identity::domain_and_address ? "a domain, a space and an address"
                                                      : "a name or a domain");
      return {};
    }
    if (base && kind == row_identity::name && !find(*row, "name"))
      put(*row, {"name", 0, {identity, 0, 0}});
    for (const auto& member : *row)
      if (is_file_only(member.key)) {
        report(path, "a row with " + member.key, std::string{file_only_allowed});
        return {};
      }
    for (const auto& [key, value] : change.items()) {
      const auto key_path = path_of(path, key);
      if (is_file_only("." + key))
        report(key_path, "a change through the API", std::string{file_only_allowed});
      else if (key == "removed")
        report(key_path, shown_json(value), "null as the row's value, to remove the row");
      else if (value.is_null())
        erase_key(*row, key);
      else if (auto converted = convert(value, key_path))
        put(*row, {key, 0, std::move(*converted)});
    }
    if (identity_of(kind, *row, file_.parent_path()) != identity) {
      report(path, "another identity in the row", "the one that names the row");
      return {};
    }
    return row;
  }

  /// Converts a value. Reports null within it, the mask of a secret, and a number out of range.
  std::optional<toml_value> convert(const patch_json& value, const std::string& path) {
    toml_value result;
    if (value.is_boolean()) {
      result.data = value.get<bool>();
    } else if (value.is_number_unsigned()
               && value.get<uint64_t>() > uint64_t{std::numeric_limits<int64_t>::max()}) {
      report(path, value.dump(), "integers of 64 bits");
      return {};
    } else if (value.is_number_integer()) {
      result.data = value.get<int64_t>();
    } else if (value.is_number_float()) {
      result.data = value.get<double>();
    } else if (value.is_string()) {
      auto text = value.get<std::string>();
      if (text == mask) {
        report(path, "\"***\", which stands for a secret in answers", "the secret itself");
        return {};
      }
      result.data = std::move(text);
    } else if (value.is_array()) {
      toml_array array;
      for (size_t i = 0; i < value.size(); ++i) {
        auto element = convert(value[i], path_of(path, i));
        if (!element)
          return {};
        array.push_back(std::move(*element));
      }
      result.data = std::move(array);
    } else if (value.is_object()) {
      toml_table table;
      for (const auto& [key, member] : value.items()) {
        auto converted = convert(member, path_of(path, key));
        if (!converted)
          return {};
        put(table, {key, 0, std::move(*converted)});
      }
      result.data = std::move(table);
    } else {
      report(path, "null", "a value");
      return {};
    }
    return result;
  }

  const layer_sum& below_;
  const std::filesystem::path& file_;
  std::vector<problem> problems_;
  size_t more_problems_ = 0;
};

} // namespace

patched_console patch_console(std::string_view patch, toml_table console, const layer_sum& below,
                              const std::filesystem::path& file) {
  patcher applied{below, file};
  if (const auto parsed = parse_patch(patch))
    applied.apply(console, &below.document(), *parsed, "");
  else
    applied.report("", "no JSON object", "a merge patch (RFC 7396): a JSON object");
  const auto more = applied.more_problems();
  return {std::move(console), std::move(applied).take(), more};
}

} // namespace fedhub::conf
