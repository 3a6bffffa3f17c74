#include "actors/dial/address_race.hpp"

#include <cerrno>

#include <gmock/gmock.h>

namespace fedhub {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

/// Returns the actions of a race as words: "begin 0", "abandon 1".
std::vector<std::string> words(const address_race::actions& actions) {
  std::vector<std::string> result;
  for (const auto& action : actions) {
    if (const auto* begun = std::get_if<address_race::begin_attempt>(&action))
      result.push_back("begin " + std::to_string(begun->index));
    else
      result.push_back("abandon "
                       + std::to_string(std::get<address_race::abandon_attempt>(action).index));
  }
  return result;
}

resolved_target target(std::string host, std::initializer_list<const char*> ips) {
  resolved_target result;
  result.host = std::move(host);
  for (auto ip : ips)
    result.addresses.push_back(*socket_address::parse(ip, 5269));
  return result;
}

class AddressRace : public testing::Test {
protected:
  const address_race::time_point t0{};
  address_race race{
    {target("a.example", {"2001:db8::1", "192.0.2.1"}), target("b.example", {"192.0.2.2"})}};
};

TEST_F(AddressRace, takes_targets_in_order_and_each_address_once) {
  address_race twice{{target("a.example", {"2001:db8::1", "192.0.2.1"}),
                      target("b.example", {"192.0.2.1", "192.0.2.2"})}};
  ASSERT_EQ(twice.candidates().size(), 3u);
  EXPECT_EQ(twice.candidates()[1].target, 0u);
  EXPECT_EQ(twice.candidates()[2].address.ip(), "192.0.2.2");
  EXPECT_EQ(twice.candidates()[2].target, 1u);
}

TEST_F(AddressRace, tries_an_address_once_for_each_way_to_begin_tls) {
  auto direct = target("a.example", {"192.0.2.1"});
  direct.direct_tls = true;
  auto starttls = target("a.example", {"192.0.2.1"});
  address_race both{{direct, starttls, direct, starttls}};
  ASSERT_EQ(both.candidates().size(), 2u);
  EXPECT_EQ(both.candidates()[0].target, 0u);
  EXPECT_EQ(both.candidates()[1].target, 1u);
}

TEST_F(AddressRace, begins_the_next_address_250_ms_after_the_last) {
  EXPECT_THAT(words(race.start(t0)), ElementsAre("begin 0"));
  EXPECT_EQ(race.next_deadline(), t0 + 250ms);
  EXPECT_THAT(words(race.on_time(t0 + 249ms)), IsEmpty());
  EXPECT_THAT(words(race.on_time(t0 + 250ms)), ElementsAre("begin 1"));
  EXPECT_THAT(words(race.on_time(t0 + 499ms)), IsEmpty());
  EXPECT_THAT(words(race.on_time(t0 + 500ms)), ElementsAre("begin 2"));
  EXPECT_EQ(race.next_deadline(), t0 + 10s);
}

TEST_F(AddressRace, begins_the_next_address_at_once_when_one_fails) {
  race.start(t0);
  EXPECT_THAT(words(race.on_failed(0, ENETUNREACH, t0 + 1ms)), ElementsAre("begin 1"));
  EXPECT_EQ(race.next_deadline(), t0 + 251ms);
}

TEST_F(AddressRace, the_first_connection_wins_and_ends_the_others) {
  race.start(t0);
  race.on_time(t0 + 250ms);
  EXPECT_THAT(words(race.on_connected(1, t0 + 260ms)), ElementsAre("abandon 0"));
  EXPECT_TRUE(race.over());
  EXPECT_EQ(race.winner(), 1u);
  EXPECT_EQ(race.next_deadline(), std::nullopt);
  EXPECT_THAT(words(race.on_connected(0, t0 + 270ms)), IsEmpty());
  EXPECT_THAT(words(race.on_failed(0, ECONNREFUSED, t0 + 270ms)), IsEmpty());
  EXPECT_THAT(words(race.on_time(t0 + 20s)), IsEmpty());
  EXPECT_EQ(race.winner(), 1u);
}

TEST_F(AddressRace, a_slow_address_may_still_win_while_others_run) {
  race.start(t0);
  race.on_time(t0 + 250ms);
  race.on_failed(1, ECONNREFUSED, t0 + 300ms);
  EXPECT_THAT(words(race.on_connected(0, t0 + 400ms)), ElementsAre("abandon 2"));
  EXPECT_EQ(race.winner(), 0u);
}

TEST_F(AddressRace, gives_each_address_its_own_10_s) {
  race.start(t0);
  race.on_time(t0 + 250ms);
  race.on_time(t0 + 500ms);
  EXPECT_THAT(words(race.on_time(t0 + 10s)), ElementsAre("abandon 0"));
  EXPECT_THAT(words(race.on_time(t0 + 10s + 250ms)), ElementsAre("abandon 1"));
  EXPECT_FALSE(race.over());
  EXPECT_THAT(words(race.on_time(t0 + 10s + 500ms)), ElementsAre("abandon 2"));
  EXPECT_TRUE(race.over());
  EXPECT_EQ(race.why(), failure::connect_timeout);
  EXPECT_THAT(words(race.on_connected(2, t0 + 11s)), IsEmpty());
  EXPECT_EQ(race.winner(), std::nullopt);
}

TEST_F(AddressRace, tells_the_failure_that_says_most) {
  struct {
    int errors[3];
    failure why;
    const char* detail;
  } table[] = {
    {{ECONNREFUSED, ETIMEDOUT, ENETUNREACH},
     failure::connect_refused,
     "[2001:db8::1]:5269: Connection refused (1 of 3 addresses)"},
    {{ENETUNREACH, ETIMEDOUT, EHOSTUNREACH},
     failure::connect_timeout,
     "192.0.2.1:5269: Connection timed out (1 of 3 addresses)"},
    {{ENETUNREACH, EACCES, EHOSTUNREACH},
     failure::connect_unreachable,
     "192.0.2.2:5269: No route to host (1 of 3 addresses)"},
    {{ENETUNREACH, ETIMEDOUT, ECONNREFUSED},
     failure::connect_refused,
     "192.0.2.2:5269: Connection refused (1 of 3 addresses)"},
  };
  for (const auto& row : table) {
    auto result = race;
    result.start(t0);
    for (size_t i = 0; i < 3; ++i) {
      EXPECT_FALSE(result.over());
      result.on_failed(i, row.errors[i], t0);
    }
    EXPECT_TRUE(result.over());
    EXPECT_EQ(result.why(), row.why);
    EXPECT_EQ(result.detail(), row.detail);
  }
}

TEST_F(AddressRace, is_over_at_once_without_addresses) {
  address_race none{{}};
  EXPECT_THAT(words(none.start(t0)), IsEmpty());
  EXPECT_TRUE(none.over());
  EXPECT_EQ(none.why(), failure::connect_unreachable);
  EXPECT_EQ(none.detail(), "no address to connect to");
}

TEST_F(AddressRace, tries_no_more_addresses_than_allowed) {
  std::vector<resolved_target> many;
  for (int i = 0; i < 100; ++i)
    many.push_back(target("x.example", {("192.0.2." + std::to_string(i)).c_str()}));
  EXPECT_EQ(address_race{many}.candidates().size(), race_options{}.max_attempts);
}

} // namespace
} // namespace fedhub
