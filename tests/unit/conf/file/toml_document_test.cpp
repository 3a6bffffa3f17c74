#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conf/file/table_reader.hpp"
#include "conf/file/toml_document.hpp"
#include "conf/file/toml_key_parts.hpp"

namespace fedhub::conf {
namespace {

TEST(TomlDocument, keeps_types_and_lines) {
  const auto parsed = parse_toml("a = 1\n\n[t]\nb = [\n  'x',\n  2.5 ]\n[[r]]\n[[r]]\nc = true\n");
  const auto& root = std::get<toml_table>(parsed);
  EXPECT_EQ(find(root, "a")->line, 1u);
  EXPECT_EQ(std::get<int64_t>(find(root, "a")->value.data), 1);
  EXPECT_EQ(find(root, "t")->line, 3u);
  const auto& t = std::get<toml_table>(find(root, "t")->value.data);
  const auto& b = std::get<toml_array>(find(t, "b")->value.data);
  EXPECT_EQ(find(t, "b")->line, 4u);
  EXPECT_EQ(b.at(0).line, 5u);
  EXPECT_EQ(std::get<std::string>(b.at(0).data), "x");
  EXPECT_EQ(b.at(1).line, 6u);
  const auto& r = std::get<toml_array>(find(root, "r")->value.data);
  EXPECT_EQ(r.at(0).line, 7u);
  EXPECT_EQ(r.at(1).line, 8u);
  EXPECT_EQ(find(root, "d"), nullptr);
}

TEST(TomlDocument, describes_every_type) {
  const auto parsed =
    parse_toml("a = true\nb = 1\nc = 1.5\nd = 'x'\ne = 2024-01-02\nf = []\ng = {}\nh = 10:00:00\n");
  std::vector<std::string> described;
  for (const auto& member : std::get<toml_table>(parsed))
    described.push_back(describe(member.value));
  EXPECT_EQ(described,
            (std::vector<std::string>{"boolean true", "integer 1", "float 1.5", "string \"x\"",
                                      "date or time", "array", "table", "date or time"}));
}

TEST(TomlDocument, cites_no_control_characters_in_errors) {
  const auto parsed = parse_toml("a = t\n");
  EXPECT_THAT(std::get<toml_syntax_error>(parsed).what, testing::EndsWith("saw 't\\x0a'"));
}

TEST(TomlDocument, survives_nesting_that_is_too_deep) {
  const auto parsed = parse_toml("a = " + std::string(100000, '['));
  EXPECT_EQ(std::get<toml_syntax_error>(parsed).line, 1u);
}

TEST(TomlDocument, survives_keys_of_too_many_parts) {
  const auto key = [](size_t parts) {
    std::string result = "a";
    for (size_t i = 1; i < parts; ++i)
      result += ".a";
    return result;
  };
  for (const auto& text : {key(1000000) + " = 1", "[" + key(1000000) + "]", key(66) + " = 1"}) {
    const auto parsed = parse_toml("\n" + text);
    EXPECT_EQ(std::get<toml_syntax_error>(parsed).what, "a key with too many parts");
    EXPECT_EQ(std::get<toml_syntax_error>(parsed).line, 2u);
  }
  const auto deep = parse_toml("\n" + key(33) + " = 1");
  EXPECT_EQ(std::get<toml_syntax_error>(deep).what, "values nested more than 32 deep");
  EXPECT_EQ(std::get<toml_syntax_error>(deep).line, 2u);
  EXPECT_TRUE(std::holds_alternative<toml_table>(parse_toml(key(32) + " = 1")));
}

TEST(LineWithMoreDots, counts_outside_strings_and_comments) {
  struct {
    std::string_view text;
    std::optional<uint32_t> line;
  } const cases[] = {
    {"a.b.c = 1", {}},
    {"a.b.c.d = 1", 1},
    {"a.b.c = 1\na.b.c = 1", {}},
    {"\n\na . b . c . d = 1", 3},
    {"a = ['....', \"....\"]", {}},
    {"a = '....' # ....", {}},
    {"a = \"\\\"....\"", {}},
    {"a = '\\'...b", 1},
    {"a = \"\"\"\n....\n\"....\"\"\"\nb.b.b.b = 1", 4},
    {"a = '''\n....'''\nb.b.b.b = 1", 3},
    {"a = [\"\"\"x\"\"\"\", {b.b.b.b = 1}]", 1},
    {"a = ''\nb.b.b.b = 1", 2},
    {"a = 'open ....\nb.b.b.b = 1", 2},
    {"a = \"\"\"open ....", {}},
    {"\"a\"....", 1},
  };
  for (const auto& [text, line] : cases)
    EXPECT_EQ(line_with_more_dots(text, 2), line) << text;
}

TEST(InQuotes, escapes_controls_and_cuts_between_characters) {
  EXPECT_EQ(in_quotes("a\"b\\c\n\x7f"), "\"a\\\"b\\\\c\\x0a\\x7f\"");
  EXPECT_EQ(in_quotes(std::string(80, 'a')), "\"" + std::string(80, 'a') + "\"");
  EXPECT_EQ(in_quotes(std::string(81, 'a')), "\"" + std::string(80, 'a') + "…\"");
  EXPECT_EQ(in_quotes(std::string(79, 'a') + "é!"), "\"" + std::string(79, 'a') + "…\"");
}

TEST(Nearest, finds_typing_errors_and_nothing_else) {
  const std::vector<std::string> keys = {"security_mode", "privacy_mode", "allow", "deny"};
  EXPECT_EQ(nearest("secuirty_mode", keys), "security_mode");
  EXPECT_EQ(nearest("security-mode", keys), "security_mode");
  EXPECT_EQ(nearest("alow", keys), "allow");
  EXPECT_EQ(nearest("denny", keys), "deny");
  EXPECT_EQ(nearest("timeout", keys), "");
  EXPECT_EQ(nearest(std::string(100000, 'x'), keys), "");
}

} // namespace
} // namespace fedhub::conf
