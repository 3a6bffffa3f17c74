#include "protocol/text/ip_network.hpp"

#include <gtest/gtest.h>

#include "tests/unit/protocol/text/text_case.hpp"

namespace fedhub {
namespace {

using test::shown;
using test::text_case;

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
    EXPECT_EQ(shown(ip_network::parse(text)), expected) << text;
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
  for (const auto& entry : cases)
    EXPECT_EQ(ip_network::parse(entry.network)->contains(ip_address::parse(entry.address).value()),
              entry.contained)
      << entry.network << " " << entry.address;
}

} // namespace
} // namespace fedhub
