#include "metrics/http/http_grammar.hpp"

#include <gtest/gtest.h>

namespace fedhub {
namespace {

TEST(http_grammar, knows_tokens) {
  for (const char* text : {"a", "GET", "x-1", "!#$%&'*+-.^_`|~"})
    EXPECT_TRUE(is_token(text)) << text;
  for (const char* text : {"", "a b", "a,b", "\"a\"", "a/b", "a=b", "\xc3\xa9", "a\t"})
    EXPECT_FALSE(is_token(text)) << text;
}

TEST(http_grammar, takes_a_text_apart_at_a_mark) {
  std::string_view text = " a ;; b\t";
  EXPECT_EQ(take_until(text, ';'), "a");
  EXPECT_EQ(take_until(text, ';'), "");
  EXPECT_EQ(take_until(text, ';'), "b");
  EXPECT_EQ(text, "");
  EXPECT_EQ(take_until(text, ';'), "");
}

TEST(http_grammar, takes_a_quoted_string) {
  const struct {
    std::string_view text, value, rest;
  } rows[] = {{R"("")", "", ""},
              {R"("a b" c)", "a b", " c"},
              {R"("a\"b\\";)", R"(a"b\)", ";"},
              {R"("\a")", "a", ""}};
  for (const auto& row : rows) {
    std::string_view text = row.text;
    std::string value = "before";
    EXPECT_TRUE(take_quoted_string(text, value)) << row.text;
    EXPECT_EQ(value, row.value);
    EXPECT_EQ(text, row.rest);
  }
  for (const std::string_view malformed : {"", "a", "\"", "\"a", R"("a\")", R"("\)"}) {
    std::string_view text = malformed;
    std::string value = "before";
    EXPECT_FALSE(take_quoted_string(text, value)) << malformed;
    EXPECT_EQ(value, "before");
    EXPECT_EQ(text, malformed);
  }
}

} // namespace
} // namespace fedhub
