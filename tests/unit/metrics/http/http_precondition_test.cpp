#include "metrics/http/http_precondition.hpp"

#include <gtest/gtest.h>

namespace fedhub {
namespace {

using enum http_precondition;

TEST(http_precondition, compares_entity_tags_strongly) {
  const struct {
    const char* if_match;
    const char* current;
    http_precondition judgement;
  } rows[] = {
    {"\"7\"", "\"7\"", met},
    {"\"7\"", "\"8\"", failed},
    {"\"7\"", "", failed},
    {"\"a\"", "\"A\"", failed},
    {"\"\"", "\"\"", met},
    {"\"6\", \"7\"", "\"7\"", met},
    {"\"6\" ,\t\"7\"", "\"7\"", met},
    {",, \"7\",", "\"7\"", met},
    {"\"6\", \"8\"", "\"7\"", failed},
    {"\"6, 7\"", "\"7\"", malformed},
    {"\"6,7\"", "\"6,7\"", met},
    {"W/\"7\"", "\"7\"", failed},
    {"\"7\"", "W/\"7\"", failed},
    {"W/\"7\"", "W/\"7\"", failed},
    {"W/\"7\", \"7\"", "\"7\"", met},
    {"*", "\"7\"", met},
    {" * ", "W/\"7\"", met},
    {"*", "", failed},
    {"\"*\"", "\"7\"", failed},
    {"\"\xc3\xa9\"", "\"\xc3\xa9\"", met},
    {"", "\"7\"", malformed},
    {",", "\"7\"", malformed},
    {"7", "\"7\"", malformed},
    {"\"7", "\"7\"", malformed},
    {"\"7\"8", "\"7\"", malformed},
    {"\"7\" \"8\"", "\"7\"", malformed},
    {"w/\"7\"", "\"7\"", malformed},
    {"W/", "\"7\"", malformed},
    {"W/ \"7\"", "\"7\"", malformed},
    {"*, \"7\"", "\"7\"", malformed},
    {"\"7\", *", "\"7\"", malformed},
    {"\"a b\"", "\"a b\"", malformed},
    {"\"a\x7f\"", "\"7\"", malformed},
  };
  for (const auto& row : rows)
    EXPECT_EQ(judge_if_match({{"if-match", row.if_match}}, row.current), row.judgement)
      << row.if_match << " and " << row.current;
}

TEST(http_precondition, reads_several_headers_as_one_list) {
  EXPECT_EQ(judge_if_match({}, "\"7\""), absent);
  EXPECT_EQ(judge_if_match({{"If-None-Match", "\"7\""}}, "\"7\""), absent);
  EXPECT_EQ(judge_if_match({{"If-Match", "\"6\""}, {"X", ""}, {"IF-MATCH", "\"7\""}}, "\"7\""),
            met);
  EXPECT_EQ(judge_if_match({{"If-Match", "*"}, {"If-Match", "\"7\""}}, "\"7\""), malformed);
}

TEST(http_precondition, is_met_by_the_tag_that_was_sent) {
  EXPECT_EQ(strong_entity_tag("7"), "\"7\"");
  EXPECT_EQ(judge_if_match({{"If-Match", strong_entity_tag("7")}}, strong_entity_tag("7")), met);
}

} // namespace
} // namespace fedhub
