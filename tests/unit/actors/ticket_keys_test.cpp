#include "actors/ticket_keys.hpp"

#include <gtest/gtest.h>

namespace fedhub {
namespace {

using namespace std::chrono_literals;

constexpr auto life = ticket_keys::ticket_life;
const ticket_keys::time_point start{1000h};

TEST(TicketKeys, are_replaced_when_a_tickets_life_is_over) {
  ticket_keys keys;
  const auto first = keys.current(start);
  EXPECT_EQ(keys.current(start + life - 1s).name, first.name);
  const auto second = keys.current(start + life);
  EXPECT_NE(second.name, first.name);
  EXPECT_NE(second.cipher, first.cipher);
  EXPECT_NE(second.mac, first.mac);
}

TEST(TicketKeys, open_what_they_made_for_all_of_its_life) {
  ticket_keys keys;
  const auto first = keys.current(start);
  // The last ticket was made just before the end of the key's turn.
  for (const auto age : {0s, 3600s, 7200s, 14399s}) {
    const auto found = keys.find(first.name, start + age);
    ASSERT_TRUE(found) << age.count();
    EXPECT_EQ(found->cipher, first.cipher);
    EXPECT_EQ(found->mac, first.mac);
  }
  EXPECT_FALSE(keys.find(first.name, start + 2 * life));
}

TEST(TicketKeys, open_while_newer_ones_make) {
  ticket_keys keys;
  const auto first = keys.current(start);
  const auto second = keys.current(start + life + 1h);
  EXPECT_TRUE(keys.find(first.name, start + life + 1h));
  EXPECT_TRUE(keys.find(second.name, start + life + 1h));
  EXPECT_FALSE(keys.find(first.name, start + 2 * life));
  EXPECT_TRUE(keys.find(second.name, start + 2 * life));
}

TEST(TicketKeys, are_gone_after_a_long_silence) {
  ticket_keys keys;
  const auto first = keys.current(start);
  const auto later = keys.current(start + 100h);
  EXPECT_FALSE(keys.find(first.name, start + 100h));
  EXPECT_TRUE(keys.find(later.name, start + 100h));
}

TEST(TicketKeys, of_other_processes_are_unknown) {
  ticket_keys keys, others;
  EXPECT_FALSE(keys.find(others.current(start).name, start));
}

} // namespace
} // namespace fedhub
