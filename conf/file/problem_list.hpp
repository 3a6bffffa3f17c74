// Collects the problems of one file and finds the line of each by its key.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "conf/file/problem.hpp"
#include "conf/file/toml_document.hpp"

namespace fedhub::conf {

/// The dotted path of `key` within `parent`; quoted where TOML wants it quoted:
/// `log.modules."stream.in"`.
std::string path_of(std::string_view parent, std::string_view key);

/// The path of an array's element: "node[1]".
std::string path_of(std::string_view array, size_t index);

class problem_list {
public:
  problem_list(std::string file, const toml_table& root);

  /// Adds a problem at the line of `path`; if the document lacks that path, at the line of its
  /// nearest parent.
  void add(std::string_view path, std::string found, std::string allowed);

  /// All of them by line; those of one line as they were added.
  std::vector<problem> take() &&;

private:
  void index(std::string path, const toml_value& value, uint32_t line);
  void index(const std::string& path, const toml_table& table);
  uint32_t line_of(std::string_view path) const;

  std::string file_;
  std::map<std::string, uint32_t, std::less<>> lines_;
  std::vector<problem> problems_;
};

} // namespace fedhub::conf
