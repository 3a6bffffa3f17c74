#include "conf/file/file_only.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <variant>

namespace fedhub::conf {

namespace {

constexpr std::array<std::string_view, 7> file_only_tables{"hub",     "listen", "admin", "cluster",
                                                           "capture", "core",   "edge"};

void check(const std::string& path, const toml_value& value, uint32_t line,
           problem_list& problems) {
  if (is_file_only(path))
    return problems.add_at({value.layer, line}, path, "a change through the API",
                           std::string{file_only_allowed});
  if (const auto* table = std::get_if<toml_table>(&value.data))
    for (const auto& member : *table)
      check(path_of(path, member.key), member.value, member.line, problems);
  if (const auto* rows = std::get_if<toml_array>(&value.data))
    for (size_t i = 0; i < rows->size(); ++i)
      check(path_of(path, i), (*rows)[i], (*rows)[i].line, problems);
}

} // namespace

bool is_file_only(std::string_view key) {
  const auto first = key.substr(0, key.find_first_of(".["));
  return std::ranges::find(file_only_tables, first) != file_only_tables.end()
         || key.ends_with("_file") || key.ends_with("_files");
}

void check_file_only(const layer& layer, problem_list& problems) {
  if (layer.kind == layer_kind::console)
    for (const auto& member : layer.document)
      check(path_of("", member.key), member.value, member.line, problems);
  if (layer.kind != layer_kind::estate)
    return;
  const auto* hub = find(layer.document, "hub");
  const auto* table = hub ? std::get_if<toml_table>(&hub->value.data) : nullptr;
  if (const auto* key = table ? find(*table, "state_dir") : nullptr)
    problems.add_at({key->value.layer, key->line}, "hub.state_dir", "a value in estate.toml",
                    std::string{file_only_allowed});
}

} // namespace fedhub::conf
