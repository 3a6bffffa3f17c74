// The last versions of the file with the API's changes.
#include "actors/files/console_versions.hpp"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>

namespace fedhub {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ConsoleVersions : public testing::Test {
protected:
  ConsoleVersions() {
    auto pattern = (std::filesystem::temp_directory_path() / "fedhub-versions-XXXXXX").string();
    if (mkdtemp(pattern.data()))
      folder_ = pattern;
  }
  ~ConsoleVersions() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  void SetUp() override { ASSERT_FALSE(folder_.empty()); }

  std::filesystem::path file(std::string_view name) const {
    return folder_ / "state" / "layers" / name;
  }
  std::string console() const {
    std::ostringstream text;
    text << std::ifstream{file("console.toml")}.rdbuf();
    return text.str();
  }
  void edit(std::string_view name, std::string_view text) const {
    std::ofstream{file(name)} << text;
  }

  void change(std::string text) const {
    const auto done = versions().write({.who = "ann, by 127.0.0.1", .text = std::move(text)});
    EXPECT_TRUE(done) << done.error();
  }
  /// @returns whether there was something to undo.
  bool undo() const {
    auto version = console_versions::undo_of(*versions().list());
    if (!version)
      return false;
    version->who = "ann";
    EXPECT_TRUE(versions().write(std::move(*version)));
    return true;
  }

  console_versions versions() const { return console_versions{folder_ / "state"}; }

private:
  std::filesystem::path folder_;
};

TEST_F(ConsoleVersions, are_none_before_the_first_change) {
  EXPECT_THAT(*versions().list(), IsEmpty());
  EXPECT_FALSE(undo());
  EXPECT_FALSE(std::filesystem::exists(file("")));
}

TEST_F(ConsoleVersions, come_back_as_they_were_written) {
  change("a = 1\n");
  change("");
  change("# version 9 x by y\n");
  const auto all = *versions().list();
  ASSERT_EQ(all.size(), 3);
  for (size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].number, i + 1);
    EXPECT_EQ(all[i].who, "ann, by 127.0.0.1");
    EXPECT_EQ(all[i].time.size(), std::string_view{"2026-11-30T15:00:00.000Z"}.size());
    EXPECT_FALSE(all[i].undo);
  }
  EXPECT_EQ(all[0].text, "a = 1\n");
  EXPECT_EQ(all[1].text, "");
  EXPECT_EQ(all[2].text, "# version 9 x by y\n");
  EXPECT_EQ(console(), "# version 9 x by y\n");
}

/// What is done, and the file's content after each step. A letter writes it, "<" undoes.
TEST_F(ConsoleVersions, are_undone_one_by_one) {
  const std::pair<char, std::string_view> steps[] = {
    {'a', "a"}, {'b', "b"}, {'<', "a"}, {'c', "c"}, {'d', "d"},
    {'<', "c"}, {'<', "a"}, {'<', ""},  {'e', "e"}, {'<', ""},
  };
  for (const auto& [step, expected] : steps) {
    if (step == '<')
      EXPECT_TRUE(undo()) << expected;
    else
      change(std::string{step});
    EXPECT_EQ(console(), expected) << step;
  }
  EXPECT_FALSE(undo());
}

TEST_F(ConsoleVersions, are_kept_up_to_a_number) {
  for (int i = 0; i < 30; ++i)
    change(std::to_string(i));
  const auto all = *versions().list();
  ASSERT_EQ(all.size(), console_versions::most);
  EXPECT_EQ(all.front().number, 11);
  // Each undo is a version too, and takes the place of an old one.
  size_t undone = 0;
  while (undone < console_versions::most && undo())
    ++undone;
  EXPECT_EQ(undone, console_versions::most / 2);
}

TEST_F(ConsoleVersions, hold_what_an_editor_has_written_in_between) {
  change("a");
  edit("console.toml", "edited");
  change("b");
  EXPECT_TRUE(undo());
  EXPECT_EQ(console(), "edited");
  EXPECT_EQ(versions().list()->at(1).who, "an editor");
}

TEST_F(ConsoleVersions, that_are_damaged_are_named_and_nothing_is_written) {
  change("a");
  edit("history/1.toml", "a");
  const auto all = versions().list();
  ASSERT_FALSE(all);
  EXPECT_THAT(all.error(), HasSubstr("history/1.toml: damaged"));
  EXPECT_FALSE(versions().write({.who = "ann", .text = "b"}));
  EXPECT_EQ(console(), "a");
}

TEST_F(ConsoleVersions, leave_other_files_in_their_folder_alone) {
  change("a");
  for (const auto* name : {"history/x.toml", "history/2.toml~", "history/.3.toml.new"})
    edit(name, "x");
  EXPECT_EQ(versions().list()->size(), 1);
}

} // namespace
} // namespace fedhub
