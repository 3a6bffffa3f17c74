#include "metrics/http/http_message.hpp"

#include <gtest/gtest.h>

namespace fedhub {
namespace {

TEST(http_message, finds_headers_in_any_case) {
  const http_fields headers{{"If-None-Match", "1"}, {"X", "2"}, {"x", "3"}};
  EXPECT_EQ(http_header(headers, "if-none-match"), "1");
  EXPECT_EQ(http_header(headers, "x"), "2");
  EXPECT_EQ(http_header(headers, "if-none"), "");
}

TEST(http_message, knows_the_beginning_of_a_request) {
  for (const char* octets : {"", "G", "GET", "GET ", "GET / HTTP/1.1\r\n", "m-search *",
                             "BASELINE-CONTROL /", "12345678901234567890123456789012 /"})
    EXPECT_TRUE(begins_http_request(octets)) << octets;
  for (const char* octets : {"\r\n", " GET /", "GET\r\n", "GET\t/", "<stream:stream",
                             "\x16\x03\x01", "123456789012345678901234567890123", "G\xc3\xa9T /"})
    EXPECT_FALSE(begins_http_request(octets)) << octets;
}

} // namespace
} // namespace fedhub
