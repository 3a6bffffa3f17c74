#include "tests/unit/conf/file/loading.hpp"

#include <fstream>

namespace fedhub::conf {

std::filesystem::path folder_test::write(std::string_view name, std::string_view content) const {
  auto path = folder_ / name;
  std::ofstream{path, std::ios::binary} << content;
  return path;
}

std::vector<std::string> folder_test::problems(std::string_view text) const {
  std::vector<std::string> lines;
  const auto prefix = folder_.string() + "/";
  for (const auto& problem : load(text).problems) {
    auto line = to_string(problem);
    for (auto i = line.find(prefix); i != line.npos; i = line.find(prefix))
      line.erase(i, prefix.size());
    lines.push_back(std::move(line));
  }
  return lines;
}

} // namespace fedhub::conf
