// Helpers that the tests of several files share.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/unit/conf/file/loading.hpp"

namespace fedhub::conf {

/// The files of one configuration, by name; "+" stands for `state/layers/`.
using texts_by_name = std::vector<std::pair<std::string, std::string>>;

/// Configurations of several files in a temporary folder.
class Layers : public folder_test {
protected:
  /// Writes the files and loads "fedhub.toml", which is empty unless it is among them.
  load_result load_files(const texts_by_name& files) const {
    std::filesystem::remove_all(folder() / "fedhub.d");
    std::filesystem::remove_all(folder() / "state");
    std::filesystem::create_directories(folder() / "fedhub.d");
    std::filesystem::create_directories(folder() / "state/layers");
    write("fedhub.toml", "");
    for (const auto& [name, text] : files)
      write(name.starts_with('+') ? "state/layers/" + name.substr(1) : name, text);
    return load_file(folder() / "fedhub.toml");
  }

  config good(const texts_by_name& files) const {
    const auto result = load_files(files);
    for (const auto& problem : result.problems)
      ADD_FAILURE() << to_string(problem);
    return result.value ? *result.value : config{};
  }

  /// Without the folder's path.
  std::vector<std::string> shortened(std::vector<std::string> lines) const {
    const auto prefix = folder().string() + "/";
    for (auto& line : lines)
      for (auto i = line.find(prefix); i != line.npos; i = line.find(prefix))
        line.erase(i, prefix.size());
    return lines;
  }

  std::vector<std::string> problems_in(const texts_by_name& files) const {
    std::vector<std::string> lines;
    for (const auto& problem : load_files(files).problems)
      lines.push_back(to_string(problem));
    return shortened(std::move(lines));
  }

  std::vector<std::string> warnings_of(const texts_by_name& files) const {
    return shortened(load_files(files).warnings);
  }
};

inline std::vector<std::string> routes(const config& config) {
  std::vector<std::string> result;
  for (const auto& route : config.static_routes)
    result.push_back(route.domain.str() + ' ' + route.address.str() + ' '
                     + std::to_string(route.priority));
  return result;
}

inline std::vector<std::string> names(const config& config) {
  std::vector<std::string> result;
  for (const auto& node : config.nodes)
    result.push_back(node.name);
  return result;
}

inline std::string route(std::string_view domain, std::string_view address,
                         std::string_view more = "") {
  return concat("[[static_route]]\ndomain = '", domain, "'\naddress = '", address, "'\n", more,
                "\n");
}

inline std::string component(std::string_view name, std::string_view domain) {
  return concat("[[node]]\n", name.empty() ? "" : concat("name = '", name, "'\n"), "domains = ['",
                domain, "']\nprotocol = 'component'\nsecret = 'x'\n");
}

} // namespace fedhub::conf
