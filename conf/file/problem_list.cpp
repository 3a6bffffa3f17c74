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

void problem_list::add(std::string_view path, std::string found, std::string allowed) {
  add_at(place_of(path), path, std::move(found), std::move(allowed));
}

void problem_list::add_at(place at, std::string_view path, std::string found, std::string allowed) {
  ++count_;
  if (problems_.size() == 2 * most_problems)
    sort();
  problems_.emplace_back(at, problem{layers_.at(at.layer).string(), at.line, std::string{path},
                                     std::move(found), std::move(allowed)});
}

/// Sorts the problems, and drops all after the first `most_problems`.
void problem_list::sort() {
  std::ranges::stable_sort(problems_, {}, &decltype(problems_)::value_type::first);
  if (problems_.size() > most_problems)
    problems_.erase(problems_.begin() + most_problems, problems_.end());
}

std::vector<problem> problem_list::take() && {
  sort();
  std::vector<problem> result;
  result.reserve(problems_.size());
  for (auto& [at, fault] : problems_)
    result.push_back(std::move(fault));
  return result;
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
  places_.emplace(std::move(path), place{value.layer, line});
}

problem_list::place problem_list::place_of(std::string_view path) {
  // Only bad configurations need the index, which may have as many entries as the files have
  // values.
  if (root_ != nullptr)
    index("", *std::exchange(root_, nullptr));
  while (!path.empty()) {
    if (const auto i = places_.find(path); i != places_.end())
      return i->second;
    const auto cut = path.rfind('.');
    path = path.substr(0, cut == path.npos ? 0 : cut);
  }
  return {};
}

} // namespace fedhub::conf
