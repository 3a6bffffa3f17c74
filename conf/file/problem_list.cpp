#include "conf/file/problem_list.hpp"

#include <algorithm>

namespace fedhub::conf {

namespace {

bool bare(std::string_view key) {
  return !key.empty() && std::ranges::all_of(key, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'
           || c == '-';
  });
}

} // namespace

std::string path_of(std::string_view parent, std::string_view key) {
  const auto last = bare(key) ? std::string{key} : in_quotes(key);
  return parent.empty() ? last : std::string{parent} + "." + last;
}

std::string path_of(std::string_view array, size_t index) {
  return std::string{array} + "[" + std::to_string(index) + "]";
}

problem_list::problem_list(std::string file, const toml_table& root) : file_(std::move(file)) {
  index("", root);
}

void problem_list::add(std::string_view path, std::string found, std::string allowed) {
  problems_.push_back(
    {file_, line_of(path), std::string{path}, std::move(found), std::move(allowed)});
}

std::vector<problem> problem_list::take() && {
  std::ranges::stable_sort(problems_, {}, &problem::line);
  return std::move(problems_);
}

void problem_list::index(const std::string& path, const toml_table& table) {
  for (const auto& member : table)
    index(path_of(path, member.key), member.value, member.line);
}

void problem_list::index(std::string path, const toml_value& value, uint32_t line) {
  if (const auto* table = std::get_if<toml_table>(&value.data))
    index(path, *table);
  else if (const auto* array = std::get_if<toml_array>(&value.data))
    for (size_t i = 0; i < array->size(); ++i)
      index(path_of(path, i), (*array)[i], (*array)[i].line);
  lines_.emplace(std::move(path), line);
}

uint32_t problem_list::line_of(std::string_view path) const {
  while (!path.empty()) {
    if (const auto i = lines_.find(path); i != lines_.end())
      return i->second;
    const auto cut = path.rfind('.');
    path = path.substr(0, cut == path.npos ? 0 : cut);
  }
  return 0;
}

} // namespace fedhub::conf
