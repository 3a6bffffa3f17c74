#include "actors/tls/ticket_keys.hpp"

#include <array>
#include <new>
#include <vector>

#include <gtest/gtest.h>

namespace fedhub {
namespace {

using namespace std::chrono_literals;

constexpr auto turn = ticket_keys::key_life;
constexpr auto life = ticket_keys::key_life + ticket_keys::ticket_life;
const ticket_keys::time_point start{1000h};

TEST(TicketKeys, are_replaced_every_hour) {
  ticket_keys keys;
  const auto first = keys.current(start);
  EXPECT_EQ(keys.current(start + turn - 1s).name, first.name);
  const auto second = keys.current(start + turn);
  EXPECT_NE(second.name, first.name);
  EXPECT_NE(second.cipher, first.cipher);
  EXPECT_NE(second.mac, first.mac);
}

TEST(TicketKeys, open_what_they_made_for_all_of_its_life) {
  ticket_keys keys;
  const auto first = keys.current(start);
  // The last ticket was made just before the end of the key's turn.
  for (const auto age : {0s, 3600s, 7200s, 10799s}) {
    const auto found = keys.find(first.name, start + age);
    ASSERT_TRUE(found) << age.count();
    EXPECT_EQ(found->cipher, first.cipher);
    EXPECT_EQ(found->mac, first.mac);
  }
  EXPECT_FALSE(keys.find(first.name, start + life));
}

TEST(TicketKeys, open_tickets_while_newer_keys_make_them) {
  ticket_keys keys;
  std::vector<ticket_keys::key> made;
  for (int hour = 0; hour < 6; ++hour) {
    const auto now = start + hour * turn;
    made.push_back(keys.current(now));
    for (int i = 0; i <= hour; ++i)
      EXPECT_EQ(keys.find(made[static_cast<size_t>(i)].name, now).has_value(), hour - i < 3)
        << i << " at " << hour;
    EXPECT_LE(keys.size(), 3u);
  }
}

TEST(TicketKeys, are_gone_after_a_long_silence) {
  ticket_keys keys;
  const auto first = keys.current(start);
  const auto later = keys.current(start + 100h);
  EXPECT_FALSE(keys.find(first.name, start + 100h));
  EXPECT_TRUE(keys.find(later.name, start + 100h));
}

TEST(TicketKeys, are_forgotten_where_nobody_shakes_hands) {
  ticket_keys keys;
  keys.current(start);
  keys.expire(start + life - 1s);
  EXPECT_EQ(keys.size(), 1u);
  keys.expire(start + life);
  EXPECT_EQ(keys.size(), 0u);
}

TEST(TicketKeys, are_overwritten_when_they_go) {
  alignas(ticket_keys::key) std::array<unsigned char, sizeof(ticket_keys::key)> room{};
  auto* key = new (room.data()) ticket_keys::key;
  // Volatile, so that the compiler omits neither the writes nor the reads.
  for (auto* part : {&key->cipher, &key->mac})
    for (volatile unsigned char& octet : *part)
      octet = 0xc1;
  key->~key();
  const volatile unsigned char* octets = room.data();
  for (size_t i = 0; i < room.size(); ++i)
    ASSERT_NE(octets[i], 0xc1) << i;
}

TEST(TicketKeys, of_other_processes_are_unknown) {
  ticket_keys keys, others;
  EXPECT_FALSE(keys.find(others.current(start).name, start));
}

} // namespace
} // namespace fedhub
