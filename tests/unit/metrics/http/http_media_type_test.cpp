#include "metrics/http/http_media_type.hpp"

#include <gmock/gmock.h>

namespace fedhub {
namespace {

using testing::ElementsAreArray;

TEST(http_media_type, has_an_essence_and_parameters) {
  const struct {
    const char* text;
    const char* essence;
    http_fields parameters;
  } rows[] = {
    {"application/json", "application/json", {}},
    {"Application/Merge-Patch+JSON", "application/merge-patch+json", {}},
    {" text/plain ", "text/plain", {}},
    {"text/plain;charset=UTF-8", "text/plain", {{"charset", "UTF-8"}}},
    {"text/plain ; Charset=\"utf-8\" ; a=b", "text/plain", {{"charset", "utf-8"}, {"a", "b"}}},
    {"text/plain;", "text/plain", {}},
    {"text/plain; ;a=b;", "text/plain", {{"a", "b"}}},
    {"text/plain;a=\"x;y\\\"\"", "text/plain", {{"a", "x;y\""}}},
    {"text/plain;a=\"\"", "text/plain", {{"a", ""}}},
  };
  for (const auto& row : rows) {
    const auto type = parse_media_type(row.text);
    ASSERT_TRUE(type) << row.text;
    EXPECT_EQ(type->essence, row.essence) << row.text;
    EXPECT_THAT(type->parameters, ElementsAreArray(row.parameters)) << row.text;
  }
}

TEST(http_media_type, is_refused_if_it_is_malformed) {
  for (const char* text :
       {"", "json", "/json", "text/", "text/a/b", "text /plain", "text/plain charset=utf-8",
        "text/plain;charset", "text/plain;=utf-8", "text/plain;charset=", "text/plain;a =b",
        "text/plain;a= b", "text/plain;a=\"b", "text/plain;a=\"b\"c", "text/plain;a=b c",
        "text/plain, text/html", "*;q"})
    EXPECT_FALSE(parse_media_type(text)) << text;
}

TEST(http_media_type, of_a_body_has_to_be_in_utf8) {
  const auto is_json = [](const char* text) {
    return has_utf8_body_of({{"X", "1"}, {"content-type", text}}, "application/json");
  };
  EXPECT_TRUE(is_json("application/json"));
  EXPECT_TRUE(is_json("APPLICATION/JSON; Charset=Utf-8"));
  EXPECT_TRUE(is_json("application/json; version=1"));
  EXPECT_FALSE(is_json("application/json; charset=latin1"));
  EXPECT_FALSE(is_json("application/json; charset=utf-8; charset=latin1"));
  EXPECT_FALSE(is_json("application/merge-patch+json"));
  EXPECT_FALSE(is_json("application/json;"
                       "charset"));
  EXPECT_FALSE(is_json(""));
  EXPECT_FALSE(has_utf8_body_of({}, "application/json"));
}

} // namespace
} // namespace fedhub
