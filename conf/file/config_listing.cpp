#include "conf/file/config_listing.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include <nlohmann/json.hpp>

#include "conf/file/problem_list.hpp"
#include "conf/schema/default_text.hpp"
#include "conf/schema/schema.hpp"

namespace fedhub::conf {

namespace {

using json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 6> secret_keys{"dialback_secret", "dialback_secret_previous",
                                                      "secret",          "password",
                                                      "password_hash",   "token_hash"};
constexpr const char* masked = "***";

/// One key that the walk meets. Without `value` the default is in force.
struct met_key {
  std::string path;
  std::string_view name; ///< the last part of the path.
  const toml_value* value = nullptr;
  uint32_t line = 0;
  const toml_value* initial = nullptr;

  const toml_value& in_force() const { return value ? *value : *initial; }
};

/// Returns the keys of conf/default.toml, and the default that it shows as a comment.
const toml_table& default_document() {
  static const toml_table document = [] {
    auto parsed = std::get<toml_table>(parse_toml(default_text()));
    if (auto* tls = find(parsed, "tls"))
      put(std::get<toml_table>(tls->value.data),
          {"ca_file", 0, {std::string{default_ca_file}, 0, 0}});
    return parsed;
  }();
  return document;
}

const toml_table* as_table(const toml_value* value) {
  return value ? std::get_if<toml_table>(&value->data) : nullptr;
}

/// Returns an identity as a part of a path. Unlike `in_quotes`, it does not cut the text.
std::string quoted_part(std::string_view text) {
  return json(text).dump(-1, ' ', false, json::error_handler_t::replace);
}

/// What is listed. A view.
struct listed_document {
  const toml_table& set;
  const toml_table& defaults;
  const std::vector<std::filesystem::path>& files; ///< by `toml_value::layer`.
};

listed_document in_force(const layer_sum& sum) {
  return {sum.document(), default_document(), sum.files()};
}

/// Visits keys in a fixed order.
template <class Visit>
class key_walk {
public:
  /// @param first number of the first key to visit; @param limit most keys to visit.
  key_walk(const listed_document& of, size_t first, size_t limit, Visit visit)
    : files_(of.files), first_(first), limit_(limit), visit_(std::move(visit)) {
    walk_tables("", of.set, of.defaults);
  }

  size_t count() const { return next_; }

private:
  void walk_tables(const std::string& path, const toml_table& set, const toml_table& defaults) {
    auto i = set.begin();
    auto j = defaults.begin();
    while (i != set.end() || j != defaults.end()) {
      const bool is_set = i != set.end() && (j == defaults.end() || i->key <= j->key);
      const bool has_default = j != defaults.end() && (i == set.end() || j->key <= i->key);
      const auto& key = is_set ? i->key : j->key;
      walk(path_of(path, key), key, is_set ? &i->value : nullptr, is_set ? i->line : 0,
           has_default ? &j->value : nullptr);
      i += is_set ? 1 : 0;
      j += has_default ? 1 : 0;
    }
  }

  void walk(std::string path, std::string_view name, const toml_value* value, uint32_t line,
            const toml_value* initial) {
    const auto* table = as_table(value);
    const auto* defaults = as_table(initial);
    const bool is_table = value ? table != nullptr : defaults != nullptr;
    const bool has_members = (table && !table->empty()) || (defaults && !defaults->empty());
    const auto kind = row_identity_at(path);
    const auto* rows = value && kind ? std::get_if<toml_array>(&value->data) : nullptr;
    static const toml_table none;
    if (is_table && has_members)
      walk_tables(path, table ? *table : none, defaults ? *defaults : none);
    else if (rows)
      walk_rows(path, *kind, *rows);
    else if (begin_key())
      visit_({std::move(path), name, value, line, initial});
  }

  void walk_rows(const std::string& path, row_identity kind, const toml_array& rows) {
    size_t number = 0;
    for (const auto& row : rows) {
      ++number;
      const auto* table = as_table(&row);
      if (!table)
        continue;
      if (next_ + table->size() <= first_ || next_ >= first_ + limit_) {
        next_ += table->size(); // identities take time
        continue;
      }
      auto identity = identity_of(kind, *table, files_.at(row.layer).parent_path());
      if (!identity && path == "node")
        identity = "node-" + std::to_string(number);
      const auto row_path = path + '.' + quoted_part(identity.value_or(std::to_string(number)));
      for (const auto& member : *table)
        if (begin_key())
          visit_({path_of(row_path, member.key), member.key, &member.value, member.line, nullptr});
    }
  }

  /// Counts a key. @returns whether it is to be visited.
  bool begin_key() {
    const auto number = next_++;
    return number >= first_ && number - first_ < limit_;
  }

  const std::vector<std::filesystem::path>& files_;
  size_t first_;
  size_t limit_;
  size_t next_ = 0;
  Visit visit_;
};

json json_of_value(const toml_value& value) {
  return std::visit(
    [](const auto& data) -> json {
      using type = std::decay_t<decltype(data)>;
      if constexpr (std::is_same_v<type, toml_array>) {
        auto result = json::array();
        for (const auto& element : data)
          result.push_back(json_of_value(element));
        return result;
      } else if constexpr (std::is_same_v<type, toml_table>) {
        auto result = json::object();
        for (const auto& member : data)
          result[member.key] = json_of_value(member.value);
        return result;
      } else if constexpr (std::is_same_v<type, toml_date_time>) {
        return nullptr; // no key has one
      } else {
        return data;
      }
    },
    value.data);
}

/// Returns the value as JSON, or a mask.
std::string shown(std::string_view name, const toml_value& value) {
  json result;
  if (!is_secret_key(name))
    result = json_of_value(value);
  else if (const auto* array = std::get_if<toml_array>(&value.data))
    result = std::vector<std::string>(array->size(), masked);
  else
    result = masked;
  return result.dump(-1, ' ', false, json::error_handler_t::replace);
}

bool same(const toml_value& one, const toml_value& other) {
  if (one.data.index() != other.data.index())
    return false;
  return std::visit(
    [&](const auto& data) {
      using type = std::decay_t<decltype(data)>;
      const auto& there = std::get<type>(other.data);
      if constexpr (std::is_same_v<type, toml_array>)
        return std::ranges::equal(data, there, same);
      else if constexpr (std::is_same_v<type, toml_table>)
        return std::ranges::equal(data, there, [](const auto& x, const auto& y) {
          return x.key == y.key && same(x.value, y.value);
        });
      else if constexpr (std::is_same_v<type, toml_date_time>)
        return true;
      else
        return data == there;
    },
    one.data);
}

std::vector<met_key> all_keys(const listed_document& of) {
  std::vector<met_key> result;
  key_walk{of, 0, SIZE_MAX, [&](met_key key) { result.push_back(std::move(key)); }};
  std::ranges::sort(result, {}, &met_key::path);
  return result;
}

std::vector<changed_key> compare(const listed_document& before, const listed_document& after) {
  const auto olds = all_keys(before);
  const auto news = all_keys(after);
  std::vector<changed_key> result;
  auto old = olds.begin();
  auto fresh = news.begin();
  while (old != olds.end() || fresh != news.end()) {
    const bool is_old = old != olds.end() && (fresh == news.end() || old->path <= fresh->path);
    const bool is_new = fresh != news.end() && (old == olds.end() || fresh->path <= old->path);
    if (!(is_old && is_new && same(old->in_force(), fresh->in_force())))
      result.push_back({is_old ? old->path : fresh->path,
                        is_old ? shown(old->name, old->in_force()) : "",
                        is_new ? shown(fresh->name, fresh->in_force()) : ""});
    old += is_old ? 1 : 0;
    fresh += is_new ? 1 : 0;
  }
  return result;
}

} // namespace

bool is_secret_key(std::string_view name) {
  return std::ranges::find(secret_keys, name) != secret_keys.end();
}

size_t count_keys(const layer_sum& sum) {
  return key_walk{in_force(sum), 0, 0, [](const met_key&) {}}.count();
}

std::vector<listed_key> list_keys(const layer_sum& sum, size_t first, size_t limit) {
  std::vector<listed_key> result;
  key_walk{in_force(sum), first, limit, [&](met_key key) {
             auto& row = result.emplace_back();
             row.key = std::move(key.path);
             row.value = shown(key.name, key.in_force());
             if (key.initial)
               row.initial = shown(key.name, *key.initial);
             if (!key.value)
               return;
             row.file = sum.files().at(key.value->layer).string();
             row.line = key.line;
           }};
  return result;
}

std::vector<changed_key> compare_keys(const layer_sum& before, const layer_sum& after) {
  return compare(in_force(before), in_force(after));
}

std::vector<changed_key> compare_documents(const toml_table& before, const toml_table& after) {
  static const toml_table no_defaults;
  static const std::vector<std::filesystem::path> one_file(1);
  return compare({before, no_defaults, one_file}, {after, no_defaults, one_file});
}

} // namespace fedhub::conf
