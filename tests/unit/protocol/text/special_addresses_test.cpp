#include "protocol/text/special_addresses.hpp"

#include <arpa/inet.h>

#include <string>

#include <gtest/gtest.h>

namespace fedhub {
namespace {

template <size_t Size>
std::array<uint8_t, Size> octets_of(const std::string& text) {
  std::array<uint8_t, Size> result{};
  EXPECT_EQ(::inet_pton(Size == 4 ? AF_INET : AF_INET6, text.c_str(), result.data()), 1) << text;
  return result;
}

bool reachable(const std::string& text) {
  return is_globally_reachable(ip_address::parse(text).value());
}

/// Returns the next (`step` 1) or previous (-1) address. After the last one comes the first.
template <size_t Size>
std::string neighbour(const std::string& text, int step) {
  auto octets = octets_of<Size>(text);
  for (size_t i = Size; i-- > 0;) {
    octets[i] = static_cast<uint8_t>(octets[i] + step);
    if (octets[i] != (step > 0 ? 0x00 : 0xff))
      break;
  }
  std::array<char, INET6_ADDRSTRLEN> result{};
  ::inet_ntop(Size == 4 ? AF_INET : AF_INET6, octets.data(), result.data(), result.size());
  return result.data();
}

/// A block of the registry: whether its addresses are reachable, and whether its neighbours are.
struct row {
  const char* first;
  const char* last;
  bool inside;
  bool before;
  bool after;
};

template <size_t Size>
void check(const row& row) {
  EXPECT_EQ(reachable(row.first), row.inside) << row.first;
  EXPECT_EQ(reachable(row.last), row.inside) << row.last;
  const auto before = neighbour<Size>(row.first, -1), after = neighbour<Size>(row.last, 1);
  EXPECT_EQ(reachable(before), row.before) << before << ", before " << row.first;
  EXPECT_EQ(reachable(after), row.after) << after << ", after " << row.last;
}

// All rows of https://www.iana.org/assignments/iana-ipv4-special-registry as of 2025-10, and
// multicast.
constexpr row ipv4_rows[] = {
  {"0.0.0.0", "0.255.255.255", false, false, true},
  {"10.0.0.0", "10.255.255.255", false, true, true},
  {"100.64.0.0", "100.127.255.255", false, true, true},
  {"127.0.0.0", "127.255.255.255", false, true, true},
  {"169.254.0.0", "169.254.255.255", false, true, true},
  {"172.16.0.0", "172.31.255.255", false, true, true},
  {"192.0.0.0", "192.0.0.8", false, true, true},
  {"192.0.0.9", "192.0.0.10", true, false, false},
  {"192.0.0.11", "192.0.0.255", false, true, true},
  {"192.0.2.0", "192.0.2.255", false, true, true},
  {"192.31.196.0", "192.31.196.255", true, true, true},
  {"192.52.193.0", "192.52.193.255", true, true, true},
  {"192.88.99.0", "192.88.99.255", false, true, true},
  {"192.168.0.0", "192.168.255.255", false, true, true},
  {"192.175.48.0", "192.175.48.255", true, true, true},
  {"198.18.0.0", "198.19.255.255", false, true, true},
  {"198.51.100.0", "198.51.100.255", false, true, true},
  {"203.0.113.0", "203.0.113.255", false, true, true},
  {"224.0.0.0", "239.255.255.255", false, true, false},
  {"240.0.0.0", "255.255.255.254", false, false, false},
  {"255.255.255.255", "255.255.255.255", false, false, false},
};

TEST(SpecialAddresses, follow_the_registry_of_ipv4) {
  for (const auto& x : ipv4_rows)
    check<4>(x);
}

// All rows of iana-ipv6-special-registry, with site-local and multicast addresses.
constexpr row ipv6_rows[] = {
  {"::", "::1", false, false, false},
  {"::ffff:0:0", "::ffff:0.255.255.255", false, true, true},
  {"64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", false, true, true},
  {"100::", "100::ffff:ffff:ffff:ffff", false, true, false},
  {"100:0:0:1::", "100:0:0:1:ffff:ffff:ffff:ffff", false, false, true},
  {"2001:1::", "2001:1::", false, false, true},
  {"2001:1::1", "2001:1::3", true, false, false},
  {"2001:1::4", "2001:2:ffff:ffff:ffff:ffff:ffff:ffff", false, true, true},
  {"2001:3::", "2001:3:ffff:ffff:ffff:ffff:ffff:ffff", true, false, false},
  {"2001:4:112::", "2001:4:112:ffff:ffff:ffff:ffff:ffff", true, false, false},
  {"2001:10::", "2001:1f:ffff:ffff:ffff:ffff:ffff:ffff", false, false, true},
  {"2001:20::", "2001:2f:ffff:ffff:ffff:ffff:ffff:ffff", true, false, true},
  {"2001:30::", "2001:3f:ffff:ffff:ffff:ffff:ffff:ffff", true, true, false},
  {"2001:40::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", false, true, true},
  {"2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", false, true, true},
  {"2620:4f:8000::", "2620:4f:8000:ffff:ffff:ffff:ffff:ffff", true, true, true},
  {"3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", false, true, true},
  {"5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false, true, true},
  {"fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false, true, true},
  {"fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false, true, false},
  {"fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false, false, false},
  {"ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false, false, false},
};

TEST(SpecialAddresses, follow_the_registry_of_ipv6) {
  for (const auto& x : ipv6_rows)
    check<16>(x);
}

std::string as_hex(const std::array<uint8_t, 4>& ipv4, uint8_t mask = 0) {
  std::array<char, 16> result{};
  std::snprintf(result.data(), result.size(), "%02x%02x:%02x%02x", ipv4[0] ^ mask, ipv4[1] ^ mask,
                ipv4[2] ^ mask, ipv4[3] ^ mask);
  return result.data();
}

TEST(SpecialAddresses, judge_the_ipv4_address_that_ipv6_carries) {
  const auto judge = [](const std::string& ipv4) {
    const auto octets = octets_of<4>(ipv4);
    const auto hex = as_hex(octets);
    const bool good = reachable(ipv4);
    for (const auto& text : {"::ffff:" + ipv4, "::" + ipv4, "::ffff:0:" + ipv4, "64:ff9b::" + ipv4,
                             "2002:" + hex + "::", "2002:" + hex + ":ffff:ffff:ffff:ffff:ffff",
                             "2001:0:" + hex + "::" + as_hex(octets_of<4>("8.8.8.8"), 0xff),
                             "2001:0:808:808::" + as_hex(octets, 0xff)})
      EXPECT_EQ(reachable(text), good) << text;
  };
  for (const auto& ipv4_row : ipv4_rows)
    for (const char* ipv4 : {ipv4_row.first, ipv4_row.last})
      judge(ipv4);
  judge("8.8.8.8");
}

TEST(SpecialAddresses, leave_the_unregistered_alone) {
  for (const char* ip : {"1.1.1.1", "9.255.255.255", "126.0.0.1", "223.255.255.255"})
    EXPECT_TRUE(reachable(ip)) << ip;
  for (const char* ip : {"2000::", "2003::1", "2a00::1", "2606:4700:4700::1111", "3ffe::1"})
    EXPECT_TRUE(reachable(ip)) << ip;
}

} // namespace
} // namespace fedhub
