#include <gtest/gtest.h>

#include "conf/schema/network.hpp"

namespace fedhub::conf {
namespace {

struct text_case {
  std::string_view text;
  std::string_view expected; ///< the result of `str()`; empty: refused.
};

template <class T>
std::string shown(const std::optional<T>& x) {
  return x ? x->str() : std::string{};
}

TEST(IpAddress, takes_both_families_and_folds_mapped_addresses) {
  constexpr text_case cases[] = {
    {"192.0.2.1", "192.0.2.1"},
    {"0.0.0.0", "0.0.0.0"},
    {"255.255.255.255", "255.255.255.255"},
    {"::", "::"},
    {"::1", "::1"},
    {"2001:DB8:0:0:0:0:0:7", "2001:db8::7"},
    {"::ffff:192.0.2.1", "192.0.2.1"},
    {"::ffff:c000:201", "192.0.2.1"},
    {"::fffe:192.0.2.1", "::fffe:c000:201"},
    {"1::ffff:c000:201", "1::ffff:c000:201"},
    {"", ""},
    {"192.0.2", ""},
    {"192.0.2.256", ""},
    {"192.0.02.1", ""},
    {"192.0.2.1.1", ""},
    {" 192.0.2.1", ""},
    {"[::1]", ""},
    {"fe80::1%lo", ""},
    {"localhost", ""},
    {std::string_view{"::1\0x", 5}, ""},
  };
  for (const auto& [text, expected] : cases)
    EXPECT_EQ(shown(ip_address::parse(text)), expected) << text;
}

TEST(IpAddress, gives_octets_in_network_order) {
  const auto four = ip_address::parse("192.0.2.1").value();
  EXPECT_TRUE(four.is_v4());
  EXPECT_EQ(std::vector(four.octets().begin(), four.octets().end()),
            (std::vector<uint8_t>{192, 0, 2, 1}));
  const auto six = ip_address::parse("2001:db8::7").value();
  EXPECT_FALSE(six.is_v4());
  EXPECT_EQ(six.octets().size(), 16u);
  EXPECT_EQ(six.octets()[1], 0x01);
  EXPECT_EQ(six.octets()[15], 0x07);
  EXPECT_NE(ip_address::parse("0.0.0.0"), ip_address::parse("::"));
}

TEST(SocketAddress, needs_an_address_and_a_port) {
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
    EXPECT_EQ(shown(socket_address::parse(text)), expected) << text;
}

TEST(SocketAddress, takes_the_default_port_where_there_is_one) {
  EXPECT_EQ(shown(socket_address::parse("192.0.2.1", 53)), "192.0.2.1:53");
  EXPECT_EQ(shown(socket_address::parse("[::1]", 53)), "[::1]:53");
  EXPECT_EQ(shown(socket_address::parse("192.0.2.1:5353", 53)), "192.0.2.1:5353");
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

TEST(Network, takes_cidr_and_single_addresses) {
  constexpr text_case cases[] = {
    {"10.0.0.5/32", "10.0.0.5/32"},
    {"10.0.0.5", "10.0.0.5/32"},
    {"10.0.0.5/8", "10.0.0.0/8"},
    {"10.255.255.255/9", "10.128.0.0/9"},
    {"10.0.0.0/0", "0.0.0.0/0"},
    {"2001:db8::5/64", "2001:db8::/64"},
    {"2001:db8::5", "2001:db8::5/128"},
    {"::ffff:10.0.0.5/104", "10.0.0.0/8"},
    {"::ffff:10.0.0.5", "10.0.0.5/32"},
    {"::ffff:10.0.0.5/95", ""},
    {"10.0.0.5/33", ""},
    {"::/129", ""},
    {"10.0.0.5/", ""},
    {"10.0.0.5/+8", ""},
    {"10.0.0.5/08", ""},
    {"10.0.0.5/8/8", ""},
    {"/8", ""},
    {"10.0.0/8", ""},
    {"corp.example", ""},
    {"", ""},
  };
  for (const auto& [text, expected] : cases)
    EXPECT_EQ(shown(network::parse(text)), expected) << text;
}

TEST(Network, contains_what_its_prefix_covers) {
  struct {
    std::string_view network;
    std::string_view address;
    bool contained;
  } const cases[] = {
    {"10.0.0.5/32", "10.0.0.5", true},
    {"10.0.0.5/32", "10.0.0.4", false},
    {"10.0.0.5/32", "::ffff:10.0.0.5", true},
    {"10.0.0.0/8", "10.255.255.255", true},
    {"10.0.0.0/8", "11.0.0.0", false},
    {"10.0.0.0/9", "10.127.255.255", true},
    {"10.0.0.0/9", "10.128.0.0", false},
    {"10.0.0.4/31", "10.0.0.5", true},
    {"10.0.0.4/31", "10.0.0.6", false},
    {"0.0.0.0/0", "192.0.2.1", true},
    {"0.0.0.0/0", "::1", false},
    {"::/0", "2001:db8::1", true},
    {"::/0", "192.0.2.1", false},
    {"2001:db8::/33", "2001:db8:7fff::1", true},
    {"2001:db8::/33", "2001:db8:8000::", false},
  };
  for (const auto& x : cases)
    EXPECT_EQ(network::parse(x.network)->contains(ip_address::parse(x.address).value()),
              x.contained)
      << x.network << " " << x.address;
}

} // namespace
} // namespace fedhub::conf
