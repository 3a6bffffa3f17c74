// Collects the problems of one file and finds the line of each by its key.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "conf/file/problem.hpp"
#include "conf/file/toml_document.hpp"

namespace fedhub::conf {

/// Returns the dotted path of `key` within `parent`. The key is quoted if TOML requires it:
/// `log.modules."stream.in"`.
std::string path_of(std::string_view parent, std::string_view key);

/// Returns the path of an array's element: "node[1]".
std::string path_of(std::string_view array, size_t index);

class problem_list {
public:
  problem_list(std::string file, const toml_table& root);

  /// Adds a problem at the line of `path`. If the document lacks that path, the line is that of its
  /// nearest parent.
  void add(std::string_view path, std::string found, std::string allowed);

  /// Returns all problems, sorted by line. Problems of one line stay in the order added.
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
