#include "actors/dns/resolver_order.hpp"

#include <map>

#include <gmock/gmock.h>

namespace fedhub {
namespace {

using testing::ElementsAre;

resolved_target target(std::string host, uint16_t priority, uint16_t weight) {
  return {std::move(host), 5269, priority, weight, {}};
}

std::string hosts(const std::vector<resolved_target>& targets) {
  std::string result;
  for (const auto& x : targets)
    result += x.host;
  return result;
}

/// Returns how often each order occurs in `rounds` draws.
std::map<std::string, int> distribution(const std::vector<resolved_target>& targets, int rounds) {
  auto draw = system_random();
  std::map<std::string, int> result;
  for (int i = 0; i < rounds; ++i) {
    auto copy = targets;
    order_targets(copy, draw);
    ++result[hosts(copy)];
  }
  return result;
}

TEST(TargetOrder, puts_lower_priorities_first_whatever_their_weight) {
  for (const auto& [order, count] :
       distribution({target("c", 30, 65535), target("a", 10, 0), target("b", 20, 100)}, 100))
    EXPECT_EQ(order, "abc") << count;
}

TEST(TargetOrder, draws_the_target_at_which_the_running_sum_of_weights_reaches_the_number) {
  struct {
    uint32_t number;
    char first;
  } table[] = {{0, 'z'}, {1, 'a'}, {10, 'a'}, {11, 'b'}, {40, 'b'}, {41, 'c'}, {100, 'c'}};
  for (const auto& row : table) {
    std::vector<uint32_t> limits;
    std::vector<resolved_target> targets{target("a", 1, 10), target("b", 1, 30), target("z", 1, 0),
                                         target("c", 1, 60)};
    order_targets(targets, [&](uint32_t max) {
      limits.push_back(max);
      return max == 100 ? row.number : 0u;
    });
    EXPECT_EQ(targets.front().host[0], row.first) << row.number;
    EXPECT_THAT(limits, testing::Contains(100u));
  }
}

TEST(TargetOrder, comes_out_as_often_as_the_weights_say) {
  constexpr int rounds = 20'000;
  auto counts = distribution({target("a", 1, 1), target("b", 1, 3)}, rounds);
  // A draw from 0 to 4: 0 and 1 give `a`, since 0 belongs to the first target. The tolerance is six
  // standard deviations.
  EXPECT_NEAR(counts["ab"], rounds * 0.4, 420);
  EXPECT_NEAR(counts["ba"], rounds * 0.6, 420);
}

TEST(TargetOrder, is_fair_among_zeros) {
  constexpr int rounds = 12'000;
  auto counts = distribution({target("a", 1, 0), target("b", 1, 0), target("c", 1, 0)}, rounds);
  EXPECT_EQ(counts.size(), 6u);
  for (const auto& [order, count] : counts)
    EXPECT_NEAR(count, rounds / 6.0, 250) << order;
}

TEST(TargetOrder, gives_zero_a_small_chance_beside_weights) {
  auto counts = distribution({target("a", 1, 0), target("b", 1, 99)}, 20'000);
  EXPECT_NEAR(counts["ab"], 200, 90);
}

TEST(TargetOrder, loses_no_target) {
  std::vector<resolved_target> none;
  order_targets(none, system_random());
  EXPECT_TRUE(none.empty());
  std::vector<resolved_target> many;
  for (int i = 0; i < 300; ++i)
    many.push_back(target(std::to_string(i), static_cast<uint16_t>(i % 3), 65535));
  order_targets(many, system_random());
  std::map<std::string, int> seen;
  for (const auto& x : many)
    ++seen[x.host];
  EXPECT_EQ(seen.size(), 300u);
}

TEST(AddressOrder, lets_families_take_turns_with_ipv6_first) {
  std::vector<socket_address> addresses;
  for (auto ip : {"192.0.2.1", "192.0.2.2", "2001:db8::1", "192.0.2.1", "192.0.2.3", "2001:db8::2"})
    addresses.push_back(*socket_address::parse(ip, 5269));
  interleave_families(addresses);
  std::vector<std::string> ips;
  for (const auto& x : addresses)
    ips.push_back(x.ip());
  EXPECT_THAT(ips,
              ElementsAre("2001:db8::1", "192.0.2.1", "2001:db8::2", "192.0.2.2", "192.0.2.3"));
}

} // namespace
} // namespace fedhub
