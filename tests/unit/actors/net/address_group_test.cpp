#include "actors/net/address_group.hpp"

#include <gtest/gtest.h>

namespace fedhub {
namespace {

address_group of(const char* ip) { return address_group{*socket_address::parse(ip, 5269)}; }

TEST(AddressGroup, is_an_ipv4_address_or_the_64_of_an_ipv6_address) {
  struct {
    const char* a;
    const char* b;
    bool same;
  } table[] = {
    {"192.0.2.1", "192.0.2.1", true},
    {"192.0.2.1", "192.0.2.2", false},
    {"2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", true},
    {"2001:db8::1", "2001:db8:0:1::1", false},
    {"2001:db8::1", "2001:db9::1", false},
    {"::1", "::2", true},
    {"::1", "0.0.0.1", false},
    {"::ffff:192.0.2.1", "192.0.2.1", true},
    {"::ffff:192.0.2.1", "::ffff:192.0.2.2", false},
    {"::ffff:192.0.2.1", "::1", false},
    {"64:ff9b::192.0.2.1", "192.0.2.1", true},
    {"64:ff9b::192.0.2.1", "64:ff9b::192.0.2.2", false},
    {"64:ff9b:1::1", "64:ff9b:1::2", true},
    {"fe80::1", "fe80::2", true},
  };
  for (auto& row : table) {
    EXPECT_EQ(of(row.a) == of(row.b), row.same) << row.a << ' ' << row.b;
    EXPECT_EQ(of(row.b) == of(row.a), row.same) << row.a << ' ' << row.b;
  }
}

TEST(AddressGroup, does_not_depend_on_the_port_and_is_no_address_where_there_is_none) {
  EXPECT_EQ(address_group{*socket_address::parse("192.0.2.1", 1)}, of("192.0.2.1"));
  EXPECT_EQ(address_group{}, address_group{socket_address{}});
  EXPECT_NE(address_group{}, of("0.0.0.0"));
}

} // namespace
} // namespace fedhub
