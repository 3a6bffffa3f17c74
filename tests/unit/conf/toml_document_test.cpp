#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conf/table_reader.hpp"
#include "conf/toml_document.hpp"

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
