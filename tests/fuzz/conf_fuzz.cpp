// Any text as a configuration: it loads, or it has problems whose lines are in the text.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "conf/file/loader.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  // The folder does not exist, so relative paths of the input lead to no file.
  const auto result = fedhub::conf::load_text(text, "no-such-folder/fuzz.toml");
  if (result.problems.empty() != (result.value != nullptr))
    std::abort();
  // The parser also counts the line after the last line end.
  const auto lines = static_cast<uint32_t>(std::ranges::count(text, '\n')) + 1;
  uint32_t last = 0;
  for (const auto& problem : result.problems) {
    const bool has_place = problem.line >= std::max(last, 1u) && problem.line <= lines;
    if (!has_place || problem.found.empty() || problem.allowed.empty())
      std::abort();
    last = problem.line;
    if (to_string(problem).find_first_of("\n\r") != std::string::npos)
      std::abort();
  }
  return 0;
}
