#include "conf/ctl/display_width.hpp"

#include <gmock/gmock.h>

namespace fedhub::ctl {
namespace {

using testing::ElementsAre;

TEST(DisplayWidth, counts_columns_and_neither_octets_nor_characters) {
  const std::pair<std::string_view, size_t> table[] = {
    {"", 0},          {"abc", 3},    {"münchen", 7}, {"mu\u0308nchen", 7},
    {"漢字", 4},      {"ＡＢ", 4},   {"ｱﾘ", 2},      {"한국", 4},
    {"😀", 2},         {"\u0301", 0}, {"…", 1},       {"\xFF\xFE", 2},
    {"a\xE6\xBC", 3},
  };
  for (const auto& [text, columns] : table)
    EXPECT_EQ(display_width(text), columns) << text;
}

TEST(DisplayWidth, cuts_at_a_character_that_fits) {
  struct row {
    std::string_view text;
    size_t width;
    std::string_view expected;
  };
  const row table[] = {
    {"partner", 7, "partner"},
    {"partner", 6, "partn…"},
    {"partner", 1, "…"},
    {"partner", 0, ""},
    {"", 0, ""},
    {"漢字漢字", 8, "漢字漢字"},
    {"漢字漢字", 7, "漢字漢…"},
    {"漢字漢字", 6, "漢字…"}, // a wide character does not fit into the last column
    {"e\u0301e\u0301e\u0301", 3, "e\u0301e\u0301e\u0301"},
    {"e\u0301e\u0301e\u0301", 2, "e\u0301…"},
    {"partner", no_limit, "partner"},
  };
  for (const auto& [text, width, expected] : table)
    EXPECT_EQ(fit(text, width, "…"), expected) << text << " in " << width;
}

TEST(DisplayWidth, breaks_lines_at_spaces_and_words_that_are_too_long) {
  EXPECT_THAT(wrap("", 10), ElementsAre(""));
  EXPECT_THAT(wrap("one two", 10), ElementsAre("one two"));
  EXPECT_THAT(wrap("one two three", 8), ElementsAre("one two", "three"));
  EXPECT_THAT(wrap("one two three", 7), ElementsAre("one two", "three"));
  EXPECT_THAT(wrap("one two three", 6), ElementsAre("one", "two", "three"));
  EXPECT_THAT(wrap("onetwothree", 4), ElementsAre("onet", "woth", "ree"));
  EXPECT_THAT(wrap("漢字漢字", 5), ElementsAre("漢字", "漢字"));
  EXPECT_THAT(wrap(" a", 1), ElementsAre(" ", "a"));
}

TEST(DisplayWidth, ends_for_any_text_and_width) {
  const std::string text = "漢 \u0301\u0301  字a b\xFF c ";
  for (size_t width = 0; width < 12; ++width) {
    std::string octets;
    for (const auto& line : wrap(text, width)) {
      octets += line;
      if (width >= 2) {
        EXPECT_LE(display_width(line), width) << line;
      }
    }
    EXPECT_LE(octets.size(), text.size());
  }
}

} // namespace
} // namespace fedhub::ctl
