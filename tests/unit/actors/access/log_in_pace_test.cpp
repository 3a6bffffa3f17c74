#include "actors/access/log_in_pace.hpp"

#include <gtest/gtest.h>

#include "actors/access/refused_log_ins.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;

constexpr log_in_pace::time_point begin_time{1h};

address_group group(const std::string& address) {
  return address_group{*socket_address::parse(address, 0)};
}

TEST(LogInPace, doubles_the_pause_of_an_address_up_to_a_minute) {
  log_in_pace pace;
  const auto here = group("192.0.2.1");
  auto now = begin_time;
  for (const auto pause : {0s, 0s, 0s, 1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
    EXPECT_EQ(pace.begin(here, {}, now), pause);
    if (pause.count() == 0)
      continue;
    EXPECT_EQ(pace.begin(here, {}, now + pause - 1ms), 1s);
    now += pause;
    EXPECT_EQ(pace.begin(here, {}, now), 0s) << pause.count();
  }
  EXPECT_EQ(pace.begin(group("192.0.2.2"), {}, now), 0s) << "another address";
  EXPECT_EQ(pace.begin(here, {}, now + log_in_pace::memory), 0s) << "all is forgotten";
}

TEST(LogInPace, slows_down_a_user_wherever_attempts_come_from) {
  log_in_pace pace;
  auto now = begin_time;
  for (unsigned i = 0; i < log_in_pace::free_of_user; ++i)
    EXPECT_EQ(pace.begin(group("192.0.2." + std::to_string(i)), "ann", now), 0s);
  EXPECT_EQ(pace.begin(group("198.51.100.1"), "ann", now), 1s);
  EXPECT_EQ(pace.begin(group("198.51.100.1"), "bob", now), 0s);
  for (unsigned i = 0; i < 10; ++i) {
    now += log_in_pace::longest_of_user;
    EXPECT_EQ(pace.begin(group("203.0.113." + std::to_string(i)), "ann", now), 0s);
  }
}

TEST(LogInPace, forgives_attempts_once_one_has_succeeded) {
  log_in_pace pace;
  const auto here = group("192.0.2.1");
  for (unsigned i = 0; i < log_in_pace::free_of_address; ++i)
    pace.begin(here, "ann", begin_time);
  EXPECT_NE(pace.begin(here, "ann", begin_time), 0s);
  pace.succeed(here, "ann");
  EXPECT_EQ(pace.begin(here, "ann", begin_time), 0s);
}

TEST(LogInPace, counts_an_ipv6_network_as_one_address) {
  log_in_pace pace;
  for (unsigned i = 0; i < log_in_pace::free_of_address; ++i)
    pace.begin(group("2001:db8::" + std::to_string(i + 1)), {}, begin_time);
  EXPECT_NE(pace.begin(group("2001:db8::ffff"), {}, begin_time), 0s);
  EXPECT_EQ(pace.begin(group("2001:db8:1::1"), {}, begin_time), 0s);
}

TEST(RefusedLogIns, get_ten_rows_a_minute_and_one_for_the_rest) {
  refused_log_ins refused;
  for (int i = 0; i < 10; ++i)
    EXPECT_TRUE(refused.add(begin_time));
  for (int i = 0; i < 7; ++i)
    EXPECT_FALSE(refused.add(begin_time + 59s));
  EXPECT_EQ(refused.take_sum(begin_time + 59s), 0u);
  EXPECT_TRUE(refused.pending());
  EXPECT_EQ(refused.take_sum(begin_time + 60s), 7u);
  EXPECT_FALSE(refused.pending());
  EXPECT_TRUE(refused.add(begin_time + 60s));
}

} // namespace
} // namespace fedhub
