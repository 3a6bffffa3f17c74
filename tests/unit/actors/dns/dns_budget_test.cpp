#include "actors/dns/dns_budget.hpp"

#include <string>

#include <gtest/gtest.h>

namespace fedhub {
namespace {

constexpr dns_asker node{};

dns_asker of(dns_party party, const std::string& ip) {
  return {party, address_group{*socket_address::parse(ip, 1)}};
}
dns_asker stranger(const std::string& ip = "192.0.2.1") { return of(dns_party::stranger, ip); }
dns_asker remote(const std::string& ip = "192.0.2.1") { return of(dns_party::remote, ip); }

class DnsBudget : public testing::Test {
protected:
  size_t fill(const dns_asker& asker) {
    size_t n = 0;
    while (budget.enter(asker))
      ++n;
    return n;
  }
  /// Begins searches from as many addresses as needed. @returns how many searches found room.
  size_t fill(dns_party party, const std::string& net) {
    size_t n = 0;
    for (int i = 0; i < 250; ++i)
      for (int again = 0; again < 100 && budget.enter(of(party, net + std::to_string(i))); ++again)
        ++n;
    return n;
  }

  dns_budget budget{400};
};

TEST_F(DnsBudget, gives_nodes_all_that_there_is) { EXPECT_EQ(fill(node), 400u); }

TEST_F(DnsBudget, keeps_a_quarter_for_nodes_and_half_from_strangers) {
  EXPECT_EQ(fill(dns_party::stranger, "192.0.2."), 200u);
  EXPECT_EQ(fill(dns_party::remote, "198.51.100."), 100u);
  EXPECT_EQ(fill(node), 100u);
}

TEST_F(DnsBudget, lets_strangers_have_no_more_than_remote_domains_leave) {
  EXPECT_EQ(fill(dns_party::remote, "198.51.100."), 300u);
  EXPECT_EQ(fill(stranger()), 0u);
  EXPECT_EQ(fill(node), 100u);
}

TEST_F(DnsBudget, gives_one_address_half_of_its_part_and_leaves_something_for_the_next) {
  EXPECT_EQ(fill(stranger("192.0.2.1")), 100u);
  EXPECT_EQ(fill(stranger("192.0.2.2")), 50u);
  EXPECT_EQ(fill(stranger("2001:db8::1")), 25u);
  EXPECT_EQ(fill(stranger("2001:db8::2")), 0u); // the same /64
  EXPECT_GT(fill(stranger("2001:db8:0:1::1")), 0u);
  EXPECT_EQ(fill(remote("203.0.113.1")),
            56u); // half of the part that strangers have left to remote domains
}

TEST_F(DnsBudget, has_room_again_for_whatever_has_ended) {
  for (auto& entry : {node, remote(), stranger()}) {
    const auto first = fill(entry);
    EXPECT_FALSE(budget.enter(entry));
    budget.leave(entry);
    EXPECT_TRUE(budget.enter(entry));
    for (size_t i = 0; i < first; ++i)
      budget.leave(entry);
    EXPECT_EQ(budget.under_way(), 0u);
  }
}

} // namespace
} // namespace fedhub
