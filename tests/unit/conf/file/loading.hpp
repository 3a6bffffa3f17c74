// Helpers that the configuration's tests share.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conf/file/loader.hpp"

namespace fedhub::conf {

/// Concatenates texts.
std::string concat(const auto&... parts) {
  std::string result;
  ((result += parts), ...);
  return result;
}

/// Returns each element as text.
std::vector<std::string> texts(const auto& list) {
  std::vector<std::string> result;
  result.reserve(list.size());
  for (const auto& x : list)
    result.push_back(x.str());
  return result;
}

/// Loads a text that must be good, as a file in the folder "etc", which does not exist.
inline config loaded(std::string_view text) {
  const auto result = load_text(text, "etc/fedhub.toml");
  for (const auto& problem : result.problems)
    ADD_FAILURE() << to_string(problem) << "\nin:\n" << text;
  return result.value ? *result.value : config{};
}

/// Returns the problems of a text as an operator sees them, for a file "f".
inline std::vector<std::string> problems_of(std::string_view text) {
  std::vector<std::string> lines;
  const auto result = load_text(text, "f");
  for (const auto& problem : result.problems)
    lines.push_back(to_string(problem));
  EXPECT_EQ(lines.empty(), result.value != nullptr);
  return lines;
}

/// A temporary folder, deleted when the test ends.
class folder_test : public testing::Test {
protected:
  folder_test() {
    auto pattern = (std::filesystem::temp_directory_path() / "fedhub-conf-XXXXXX").string();
    if (mkdtemp(pattern.data()))
      folder_ = pattern;
  }
  ~folder_test() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  void SetUp() override { ASSERT_FALSE(folder_.empty()); }

  const std::filesystem::path& folder() const { return folder_; }

  /// Writes a file below the folder and returns its path.
  std::filesystem::path write(std::string_view name, std::string_view content) const;

  /// Loads a text as a file in the folder.
  load_result load(std::string_view text) const { return load_file(write("fedhub.toml", text)); }

  /// Returns the problems of such a text, without the folder's path.
  std::vector<std::string> problems(std::string_view text) const;

private:
  std::filesystem::path folder_;
};

} // namespace fedhub::conf
