// Collects the problems of a configuration and finds the file and line of each by its key.
#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
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
  /// @param layers the files, by the number that `toml_value::layer` has. Not empty.
  /// @param root outlives this.
  problem_list(std::vector<std::filesystem::path> layers, const toml_table& root)
    : layers_(std::move(layers)), root_(&root) {}

  /// Adds a problem at the place of `path`. If the document lacks that path, the place is that of
  /// its nearest parent.
  void add(std::string_view path, std::string found, std::string allowed);

  /// Where a value is. The order is that of the report.
  struct place {
    uint32_t layer = 0;
    uint32_t line = 0; ///< 0: the file as a whole.

    auto operator<=>(const place&) const = default;
  };

  /// Adds a problem at a given place.
  void add_at(place at, std::string_view path, std::string found, std::string allowed);

  /// Counts problems that were left out elsewhere.
  void leave_out(size_t count) { count_ += count; }

  /// Returns the number of problems that `take` leaves out.
  size_t more() const { return count_ - std::min(count_, most_problems); }

  /// Returns the first `most_problems` problems, in the order of the files and sorted by line.
  /// Problems of one line stay in the order added.
  std::vector<problem> take() &&;

private:
  void index(std::string path, const toml_value& value, uint32_t line);
  void index(const std::string& path, const toml_table& table);
  place place_of(std::string_view path);
  void sort();

  std::vector<std::filesystem::path> layers_;
  const toml_table* root_; ///< null: it is indexed.
  std::map<std::string, place, std::less<>> places_;
  /// At most twice `most_problems`: the first ones of those that were added.
  std::vector<std::pair<place, problem>> problems_;
  size_t count_ = 0; ///< of all that were added or left out.
};

} // namespace fedhub::conf
