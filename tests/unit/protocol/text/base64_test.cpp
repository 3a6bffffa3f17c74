#include "protocol/text/base64.hpp"

#include <gtest/gtest.h>

namespace fedhub {
namespace {

using namespace std::string_literals;

TEST(Base64, goes_there_and_back) {
  // RFC 4648 §10, and octets that yield the last characters of the alphabet.
  const struct {
    std::string octets;
    const char* text;
  } rows[] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
    {"\0"s, "AA=="},
    {"\0\0\0"s, "AAAA"},
    {"\xFB\xEF\xFF", "++//"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(to_base64(row.octets), row.text);
    EXPECT_EQ(from_base64(row.text), row.octets) << row.text;
  }
}

TEST(Base64, takes_one_form_only) {
  for (const char* text : {"Zg",       "Zg=",  "Zg===", "Zh==",  "Zm9=",    "Z",      "=",
                           "==",       "====", "A===",  "Zm 9v", " Zm9v",   "Zm9v\n", "Zm9v    ",
                           "Zg==Zg==", "Zm=v", "--__",  "Zm9*",  "Zm9\x80", "    "})
    EXPECT_FALSE(from_base64(text)) << text;
  EXPECT_FALSE(from_base64("Zm9\0"s));
}

} // namespace
} // namespace fedhub
