#include "conf/ctl/json_answer.hpp"

#include <gtest/gtest.h>

namespace fedhub::ctl {
namespace {

TEST(JsonAnswer, takes_json_and_nothing_else) {
  for (const auto* text : {"{}", "[]", "null", " 1 ", R"({"a": [1, {"b": "[[[["}]})"})
    EXPECT_TRUE(parse_json(text)) << text;
  for (const auto* text : {"", "{", "{}x", "<html>", "{'a': 1}", "\"\xFF\"", R"({"a": 1,})", "]"})
    EXPECT_FALSE(parse_json(text)) << text;
}

TEST(JsonAnswer, takes_no_more_levels_than_it_has_to) {
  const auto nested = [](size_t levels) {
    return std::string(levels, '[') + std::string(levels, ']');
  };
  EXPECT_TRUE(parse_json(nested(most_levels)));
  EXPECT_FALSE(parse_json(nested(most_levels + 1)));
  EXPECT_FALSE(parse_json(std::string(1u << 20, '[')));
  EXPECT_FALSE(parse_json(R"(["\"",)" + nested(most_levels) + "]"));
  // Brackets in a string are no levels, also after an escaped quote.
  EXPECT_TRUE(parse_json("[\"\\\"" + std::string(100, '[') + "\"]"));
}

TEST(JsonAnswer, finds_a_member_only_in_an_object) {
  const auto value = parse_json(R"({"a": "b", "n": 1})");
  EXPECT_EQ(text_member(*value, "a"), "b");
  EXPECT_EQ(text_member(*value, "n"), "");
  EXPECT_EQ(text_member(*value, "c"), "");
  EXPECT_TRUE(member(json::array(), "a").is_null());
}

TEST(JsonAnswer, is_printed_with_the_same_value_but_nothing_to_act_on) {
  const std::pair<std::string_view, std::string_view> table[] = {
    {"{\n\t\"a\": 1}\n", "{\n\t\"a\": 1}\n"},
    {"{\r\n}", "{ \n}"},
    {"\"\x1B[2J\x7F\"", R"("\u001B[2J\u007F")"},
    {"\"\u009b\u202e\"", R"("\u009B\u202E")"},
    {"\"\U000E0041\"", R"("\uDB40\uDC41")"},
    {"\"münchen 漢 😀\"", "\"münchen 漢 😀\""},
    {"\"\xFF\"", R"("\uFFFD")"},
    {R"("\u001b")", R"("\u001b")"},
  };
  for (const auto& [text, expected] : table)
    EXPECT_EQ(json_for_terminal(text), expected);
  const std::string_view text = "[\"\u202e\", \"\U000E0041\u007F\"]";
  EXPECT_EQ(parse_json(json_for_terminal(text)), parse_json(text));
}

} // namespace
} // namespace fedhub::ctl
