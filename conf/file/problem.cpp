#include "conf/file/problem.hpp"

#include <algorithm>

namespace fedhub::conf {

namespace {

/// Returns a number in groups of three digits: "199,900".
std::string grouped(size_t number) {
  auto result = std::to_string(number);
  for (auto at = result.size(); at > 3;) {
    at -= 3;
    result.insert(at, 1, ',');
  }
  return result;
}

} // namespace

std::string to_string(const problem& fault) {
  std::string result = fault.file;
  if (fault.line != 0)
    result += ":" + std::to_string(fault.line);
  result += ": ";
  if (!fault.key.empty())
    result += fault.key + ": ";
  return result + "found " + fault.found + "; allowed " + fault.allowed;
}

size_t keep_first(std::vector<problem>& problems) {
  if (problems.size() <= most_problems)
    return 0;
  const auto more = problems.size() - most_problems;
  problems.resize(most_problems);
  return more;
}

std::string summary_of(const std::vector<problem>& problems, size_t more) {
  const auto count = problems.size() + more;
  const bool one_file =
    more == 0 && !problems.empty()
    && std::ranges::all_of(
      problems, [&](const auto& file) { return file == problems.front().file; }, &problem::file);
  auto result = grouped(count) + (count == 1 ? " problem in " : " problems in ")
                + (one_file ? problems.front().file : "the files of the configuration");
  if (more > 0)
    result += ": the first " + grouped(problems.size()) + ", and " + grouped(more) + " more";
  return result;
}

std::string more_text(size_t more) {
  if (more == 0)
    return {};
  return "and " + grouped(more) + (more == 1 ? " more problem" : " more problems");
}

} // namespace fedhub::conf
