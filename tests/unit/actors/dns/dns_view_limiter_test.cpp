#include "actors/dns/dns_view_limiter.hpp"

#include <string>

#include <gtest/gtest.h>

namespace fedhub {
namespace {

using namespace std::chrono_literals;

const dns_view_limiter::time_point start{100s};

address_group address(const std::string& ip) {
  return address_group{*socket_address::parse(ip, 1)};
}

/// Takes all tokens of an address. @returns their number.
size_t taken(dns_view_limiter& limiter, const std::string& ip, dns_view_limiter::time_point now) {
  size_t result = 0;
  while (result < 1000 && limiter.take(address(ip), now))
    ++result;
  return result;
}

TEST(DnsViewLimiter, gives_50_a_second_to_each_address) {
  dns_view_limiter limiter;
  EXPECT_EQ(taken(limiter, "10.0.0.1", start), 50u);
  EXPECT_EQ(taken(limiter, "10.0.0.2", start), 50u);
  EXPECT_EQ(taken(limiter, "10.0.0.1", start + 100ms), 5u);
  EXPECT_EQ(taken(limiter, "10.0.0.1", start + 119ms), 0u);
  EXPECT_EQ(taken(limiter, "10.0.0.1", start + 121ms), 1u);
  EXPECT_EQ(taken(limiter, "10.0.0.1", start + 1h), 50u) << "no more at once after a pause";
}

TEST(DnsViewLimiter, counts_an_ipv6_64_as_one_address) {
  dns_view_limiter limiter;
  EXPECT_EQ(taken(limiter, "2001:db8::1", start), 50u);
  EXPECT_EQ(taken(limiter, "2001:db8::2", start), 0u);
  EXPECT_EQ(taken(limiter, "2001:db8:0:1::2", start), 50u);
  EXPECT_EQ(taken(limiter, "10.0.0.1", start), 50u);
  EXPECT_EQ(taken(limiter, "::ffff:10.0.0.1", start), 0u);
}

TEST(DnsViewLimiter, knows_a_bounded_number_of_addresses) {
  dns_view_limiter limiter;
  const auto ip = [](size_t i) {
    return "10.1." + std::to_string(i / 256) + "." + std::to_string(i % 256);
  };
  for (size_t i = 0; i < dns_view_limiter::max_addresses; ++i)
    EXPECT_TRUE(limiter.take(address(ip(i)), start));
  EXPECT_FALSE(limiter.take(address("10.0.0.1"), start + 10ms));
  EXPECT_TRUE(limiter.take(address(ip(0)), start + 900ms)) << "those known go on";
  EXPECT_FALSE(limiter.take(address("10.0.0.1"), start + 950ms));
  // A second later all but one address have been quiet, and are forgotten.
  EXPECT_TRUE(limiter.take(address("10.0.0.1"), start + 1100ms));
  EXPECT_EQ(limiter.addresses(), 2u);
}

} // namespace
} // namespace fedhub
