#include "conf/ctl/table.hpp"

#include <gmock/gmock.h>

#include "conf/ctl/display_width.hpp"

namespace fedhub::ctl {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

table domains() {
  return {{{"DOMAIN", column_use::name},
           {"STATE", column_use::fixed},
           {"QUEUED", column_use::fixed, true},
           {"NEXT", column_use::extra},
           {"DETAIL", column_use::text}},
          {{"partner.example", "connected", "0", "", ""},
           {"a-long-name.broken.example", "failing", "12", "in 40 s", "no SRV record was found"}}};
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t start = 0; start < text.size();) {
    const auto end = text.find('\n', start);
    lines.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return lines;
}

TEST(Table, has_a_column_as_wide_as_its_widest_cell) {
  const auto shown = lay_out(domains(), no_limit, "…");
  EXPECT_THAT(shown.left_out, IsEmpty());
  EXPECT_THAT(lines_of(shown.text),
              ElementsAre("DOMAIN                      STATE      QUEUED  NEXT     DETAIL",
                          "partner.example             connected       0",
                          "a-long-name.broken.example  failing        12  in 40 s  "
                          "no SRV record was found"));
}

TEST(Table, shrinks_texts_before_it_leaves_a_column_out) {
  EXPECT_THAT(lines_of(lay_out(domains(), 75, "…").text).back(),
              "a-long-name.broken.example  failing        12  in 40 s  no SRV record was …");
}

TEST(Table, leaves_extra_columns_out_first_and_names_them) {
  auto wide = domains();
  const auto shown = lay_out(wide, 42, "…");
  EXPECT_THAT(shown.left_out, ElementsAre("NEXT"));
  EXPECT_THAT(lines_of(shown.text).back(), "a-long-name.…  failing        12  no SRV …");
}

TEST(Table, keeps_numbers_whole_and_the_names_at_any_width) {
  for (size_t width = 1; width < 90; ++width) {
    const auto shown = lay_out(domains(), width, "…");
    for (const auto& line : lines_of(shown.text)) {
      EXPECT_LE(display_width(line), width) << line;
      EXPECT_FALSE(line.empty()) << width;
    }
    const auto last = lines_of(shown.text).back();
    const bool has_number = last.find(" 12") != last.npos;
    const bool left_out = std::ranges::find(shown.left_out, "QUEUED") != shown.left_out.end();
    EXPECT_NE(has_number, left_out) << last;
  }
}

TEST(Table, shrinks_the_widest_text_first) {
  const table two{{{"A", column_use::text}, {"B", column_use::text}},
                  {{"0123456789", "01234567890123456789"}}};
  EXPECT_THAT(lines_of(lay_out(two, 25, "…").text).back(), "0123456789  012345678901…");
  EXPECT_THAT(lines_of(lay_out(two, 20, "…").text).back(), "01234567…  01234567…");
}

TEST(Table, counts_wide_and_combining_characters_by_their_columns) {
  const table names{{{"NAME", column_use::name}, {"N", column_use::fixed, true}},
                    {{"漢字", "1"}, {"mu\u0308n", "22"}, {"abcd", "333"}}};
  EXPECT_THAT(lines_of(lay_out(names, no_limit, "…").text),
              ElementsAre("NAME    N", "漢字    1", "mu\u0308n    22", "abcd  333"));
}

TEST(Table, shows_no_column_without_a_value) {
  const table one{{{"A", column_use::name}, {"B"}}, {{"a", ""}, {"b", ""}}};
  EXPECT_THAT(lines_of(lay_out(one, no_limit, "…").text), ElementsAre("A", "a", "b"));
}

} // namespace
} // namespace fedhub::ctl
