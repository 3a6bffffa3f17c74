#include "protocol/negotiation/see_other_host.hpp"

#include <gtest/gtest.h>

namespace fedhub {
namespace {

TEST(SeeOtherHost, leads_to_a_name_or_an_address_and_maybe_a_port) {
  struct row {
    const char* text;
    const char* host;
    uint16_t port;
  };
  for (const row& line : {
         row{"other.example", "other.example", 0},
         row{"other.example:5270", "other.example", 5270},
         row{"\n  Other.Example.:1\t", "other.example", 1},
         row{"m\u00fcnchen.example:65535", "xn--mnchen-3ya.example", 65535},
         row{"192.0.2.7", "192.0.2.7", 0},
         row{"192.0.2.7:5269", "192.0.2.7", 5269},
         row{"[2001:db8::1]", "[2001:db8::1]", 0},
         row{"[2001:DB8::1]:9222", "[2001:db8::1]", 9222},
       }) {
    SCOPED_TRACE(line.text);
    const auto read = parse_see_other_host(line.text);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->host.str(), line.host);
    EXPECT_EQ(read->port, line.port);
  }
}

TEST(SeeOtherHost, leads_nowhere_if_it_is_anything_else) {
  for (const char* text : {"",
                           " \n",
                           ":5269",
                           "other.example:",
                           "other.example:0",
                           "other.example:65536",
                           "other.example:+1",
                           "other.example:52 69",
                           "other.example:5269x",
                           "other.example:-1",
                           "2001:db8::1",
                           "2001:db8::1:5269",
                           "[2001:db8::1",
                           "2001:db8::1]",
                           "[2001:db8::1]5269",
                           "[2001:db8::1]:",
                           "[other.example]",
                           "[]",
                           "other.example:1:2",
                           "user@other.example",
                           "other.example/path",
                           "https://other.example",
                           "other example",
                           "a..example"})
    EXPECT_FALSE(parse_see_other_host(text)) << text;
}

} // namespace
} // namespace fedhub
