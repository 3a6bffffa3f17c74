#include "protocol/text/ip_address.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/protocol/text/text_case.hpp"

namespace fedhub {
namespace {

using test::shown;
using test::text_case;

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

} // namespace
} // namespace fedhub
