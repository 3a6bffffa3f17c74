#include "conf/ctl/api_request.hpp"

#include <gtest/gtest.h>

namespace fedhub::ctl {
namespace {

TEST(ApiRequest, encodes_all_but_unreserved_characters) {
  const std::pair<std::string_view, std::string_view> table[] = {
    {"partner.example", "partner.example"},
    {"aZ09-._~", "aZ09-._~"},
    {"*.example", "%2A.example"},
    {"a/b?c#d&e=f+g h", "a%2Fb%3Fc%23d%26e%3Df%2Bg%20h"},
    {"ü%", "%C3%BC%25"},
    {std::string_view{"\0\r\n", 3}, "%00%0D%0A"},
    {"[2001:db8::1]", "%5B2001%3Adb8%3A%3A1%5D"},
    {"", ""},
  };
  for (const auto& [text, expected] : table)
    EXPECT_EQ(percent_encoded(text), expected);
}

TEST(ApiRequest, has_a_value_for_each_name_of_the_query) {
  api_request request{http_method::get, "domains"};
  EXPECT_EQ(request.target(), "/api/v1/domains");
  request.set("match", "*.a&b");
  request.set("limit", "100");
  request.set("match", "c");
  EXPECT_EQ(request.target(), "/api/v1/domains?match=c&limit=100");
}

} // namespace
} // namespace fedhub::ctl
