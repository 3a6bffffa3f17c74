#include <gtest/gtest.h>

#include "conf/schema/host_address.hpp"
#include "tests/unit/protocol/text/text_case.hpp"

namespace fedhub::conf {
namespace {

using test::shown;
using test::text_case;

TEST(IpEndpoint, needs_an_address_and_a_port) {
  constexpr text_case cases[] = {
    {"127.0.0.1:7400", "127.0.0.1:7400"},
    {"[::]:5269", "[::]:5269"},
    {"0.0.0.0:0", "0.0.0.0:0"},
    {"0.0.0.0:65535", "0.0.0.0:65535"},
    {"", ""},
    {"127.0.0.1", ""},
    {"127.0.0.1:", ""},
    {"127.0.0.1:65536", ""},
    {"127.0.0.1:-1", ""},
    {"127.0.0.1:+1", ""},
    {"127.0.0.1:080", ""},
    {"127.0.0.1:80 ", ""},
    {"127.0.0.1:xmpp", ""},
    {":5269", ""},
    {"5269", ""},
    {"[127.0.0.1]:5269", ""},
    {"::1:5269", ""},
    {"[::1]", ""},
    {"[::1]5269", ""},
    {"[::1:5269", ""},
    {"localhost:5269", ""},
  };
  for (const auto& [text, expected] : cases)
    EXPECT_EQ(shown(ip_endpoint::parse(text)), expected) << text;
}

TEST(IpEndpoint, takes_the_default_port_where_there_is_one) {
  EXPECT_EQ(shown(ip_endpoint::parse("192.0.2.1", 53)), "192.0.2.1:53");
  EXPECT_EQ(shown(ip_endpoint::parse("[::1]", 53)), "[::1]:53");
  EXPECT_EQ(shown(ip_endpoint::parse("192.0.2.1:5353", 53)), "192.0.2.1:5353");
}

TEST(HostAddress, takes_names_and_addresses_with_and_without_a_port) {
  constexpr text_case cases[] = {
    {"192.0.2.7:5269", "192.0.2.7:5269"},
    {"192.0.2.7", "192.0.2.7:5269"},
    {"[2001:db8::7]", "[2001:db8::7]:5269"},
    {"[2001:db8::7]:5270", "[2001:db8::7]:5270"},
    {"xmpp.partner.example", "xmpp.partner.example:5269"},
    {"XMPP.partner.example:1", "xmpp.partner.example:1"},
    {"localhost", "localhost:5269"},
    {"3com.example", "3com.example:5269"},
    {"", ""},
    {":5269", ""},
    {"xmpp.partner.example:0", ""},
    {"xmpp.partner.example:", ""},
    {"xmpp..example", ""},
    {"xmpp partner.example", ""},
    {"192.0.2.300", ""},
    {"192.0.2", ""},
    {"10", ""},
    {"192.0.2.1.", ""},
    {"2001:db8::7", ""},
    {"[xmpp.partner.example]", ""},
    {"[]", ""},
  };
  for (const auto& [text, expected] : cases)
    EXPECT_EQ(shown(host_address::parse(text, 5269)), expected) << text;
}

TEST(HostAddress, tells_a_name_from_an_address) {
  EXPECT_TRUE(std::holds_alternative<ip_address>(host_address::parse("192.0.2.7", 1)->host));
  EXPECT_TRUE(std::holds_alternative<domain_name>(host_address::parse("a.example", 1)->host));
}

} // namespace
} // namespace fedhub::conf
