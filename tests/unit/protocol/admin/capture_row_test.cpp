#include "protocol/admin/capture_row.hpp"

#include <gmock/gmock.h>

#include "protocol/admin/time_text.hpp"

namespace fedhub::admin {
namespace {

TEST(CaptureRow, has_the_names_of_the_contract) {
  const capture_row row{.id = 3,
                        .state = capture_state::disk_full,
                        .started = *parse_rfc3339("2026-11-30T11:00:00.25Z"),
                        .seconds = 1.23456,
                        .bytes = 400,
                        .packets = 2,
                        .dropped = 1,
                        .selection = {.domain = "partner.example"},
                        .detail = "why"};
  const std::string text =
    R"({"id":3,"state":"disk-full","started":"2026-11-30T11:00:00.250Z","seconds":1.235,"bytes":400,"packets":2,"dropped":1,"domain":"partner.example","bodies":false,"detail":"why"})";
  EXPECT_EQ(json_of(row), text);
  EXPECT_EQ(json_of(std::vector{row}), R"({"items":[)" + text + R"(],"total":1})");
  EXPECT_EQ(json_of(std::vector<capture_row>{}), R"({"items":[],"total":0})");
}

TEST(CaptureRow, is_known_again_by_its_note) {
  for (const auto& selection :
       {capture_selection{.domain = "partner.example"}, capture_selection{.node = "muc \"1\""},
        capture_selection{.stream = 7, .bodies = true}}) {
    const capture_row row{.id = 9,
                          .started = *parse_rfc3339("2026-11-30T11:00:00Z"),
                          .packets = 4,
                          .selection = selection};
    const auto again = read_capture_note(note_of(row));
    ASSERT_TRUE(again) << selection.str();
    EXPECT_EQ(again->state, capture_state::ended);
    EXPECT_EQ(note_of(*again), note_of(row));
    EXPECT_EQ(again->selection.str(), selection.str());
  }
  for (const std::string_view bad :
       {"", "x", "[]", "{}", R"({"id":1})", R"({"id":"1","started":"2026-11-30T11:00:00Z"})",
        R"({"id":1,"started":"now"})", R"({"id":1,"started":"2026-11-30T11:00:00Z","domain":1})"})
    EXPECT_FALSE(read_capture_note(bad)) << bad;
}

} // namespace
} // namespace fedhub::admin
