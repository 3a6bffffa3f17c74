#include "actors/domain/dial_attempt.hpp"

#include <random>

#include <gmock/gmock.h>

namespace fedhub {
namespace {

using testing::ElementsAre;

/// Returns servers 192.0.2.1 to 192.0.2.`n` as one target each, with STARTTLS.
resolution_ptr servers(int n) {
  auto out = std::make_shared<resolution>();
  for (int i = 1; i <= n; ++i) {
    resolved_target target;
    target.addresses = {*socket_address::parse("192.0.2." + std::to_string(i), 5269)};
    out->targets.push_back(std::move(target));
  }
  return out;
}

dialed_server server(int i) { return {"192.0.2." + std::to_string(i) + ":5269", false}; }

std::vector<std::string> addresses(const resolution_ptr& resolution) {
  std::vector<std::string> out;
  if (resolution)
    for (auto& target : resolution->targets)
      for (auto& address : target.addresses)
        out.push_back(address.str());
  return out;
}

/// Returns the addresses that are tried, in order, until the attempt has failed.
std::vector<std::string> order(dial_attempt& attempt) {
  std::vector<std::string> out;
  while (auto next = attempt.next()) {
    out.push_back(addresses(next).front());
    attempt.note_tried({out.back(), false});
    if (out.size() > 20)
      break;
  }
  return out;
}

TEST(DialAttempt, tries_each_address_once_and_four_in_all) {
  for (int n = 0; n <= 6; ++n) {
    dial_attempt attempt;
    attempt.found(n == 0 ? nullptr : servers(n));
    std::vector<std::string> expected;
    for (int i = 1; i <= std::min(n, 4); ++i)
      expected.push_back(server(i).address);
    EXPECT_EQ(order(attempt), expected) << n;
    EXPECT_FALSE(attempt.may_go_on()) << n;
  }
}

TEST(DialAttempt, goes_on_after_each_event) {
  using run = void (*)(dial_attempt&);
  const struct {
    const char* event;
    run apply;
    std::vector<std::string> next; // addresses tried after the first of two servers
  } table[] = {
    {"nothing", [](auto&) {}, {server(2).address}},
    {"without EXTERNAL it may do",
     [](auto& x) { x.try_again(server(1)); },
     {server(1).address, server(2).address}},
    {"its end may have been chance",
     [](auto& x) { x.try_once_more(server(1)); },
     {server(2).address, server(1).address}},
    {"two second chances: the last one counts",
     [](auto& result) {
       result.try_once_more(server(2));
       result.try_once_more(server(1));
     },
     {server(2).address, server(1).address}},
    {"another name", [](auto& x) { x.try_all_again(); }, {server(1).address, server(2).address}},
    {"new rules", [](auto& x) { x.forget_found(); }, {}},
    {"another host", [](auto& x) { x.found(servers(1)); }, {}},
    {"another host with more servers",
     [](auto& x) { x.found(servers(3)); },
     {server(2).address, server(3).address}},
  };
  for (const auto& row : table) {
    dial_attempt attempt;
    attempt.found(servers(2));
    attempt.note_tried(server(1));
    row.apply(attempt);
    EXPECT_EQ(order(attempt), row.next) << row.event;
  }
}

TEST(DialAttempt, gives_a_second_chance_beyond_the_four) {
  dial_attempt attempt;
  attempt.found(servers(6));
  attempt.note_tried(server(1));
  attempt.try_once_more(server(1));
  EXPECT_THAT(order(attempt), ElementsAre(server(2).address, server(3).address, server(4).address,
                                          server(1).address));
}

TEST(DialAttempt, tells_direct_tls_from_starttls_at_one_address) {
  auto found = std::make_shared<resolution>(*servers(1));
  found->targets.push_back(found->targets.front());
  found->targets.back().direct_tls = true;
  dial_attempt attempt;
  attempt.found(found);
  attempt.note_tried(server(1));
  const auto next = attempt.next();
  ASSERT_TRUE(next);
  ASSERT_EQ(next->targets.size(), 1);
  EXPECT_TRUE(next->targets.front().direct_tls);
}

TEST(DialAttempt, leaves_the_resolution_as_it_is_for_others_who_have_it) {
  dial_attempt attempt;
  const auto found = servers(2);
  attempt.found(found);
  EXPECT_EQ(attempt.untried(), found);
  attempt.note_tried(server(1));
  EXPECT_THAT(addresses(attempt.untried()), ElementsAre(server(2).address));
  EXPECT_EQ(found->targets.size(), 2);
}

TEST(DialAttempt, follows_three_redirects_and_names_the_last) {
  dial_attempt attempt;
  EXPECT_TRUE(attempt.first());
  EXPECT_EQ(attempt.explain("refused"), "refused");
  for (const auto* host : {"a.test", "b.test", "c.test"}) {
    EXPECT_TRUE(attempt.may_follow()) << host;
    attempt.follow(host);
    EXPECT_TRUE(attempt.redirected());
    EXPECT_FALSE(attempt.first());
    EXPECT_EQ(attempt.explain("refused"), std::string{"refused; redirected to "} + host);
    EXPECT_EQ(attempt.explain(""), std::string{"redirected to "} + host);
  }
  EXPECT_FALSE(attempt.may_follow());
}

TEST(DialAttempt, knows_for_whom_dns_is_asked_until_it_has_answered) {
  dial_attempt attempt;
  EXPECT_EQ(attempt.asked_for(), dns_party::node);
  attempt.ask_for(dns_party::stranger);
  EXPECT_EQ(attempt.asked_for(), dns_party::stranger);
  EXPECT_EQ(attempt.end_of_question(), dns_party::stranger);
  EXPECT_EQ(attempt.asked_for(), dns_party::node);
}

/// An attempt ends, however servers answer.
TEST(DialAttempt, ends_for_whatever_happens_on_its_streams) {
  std::minstd_rand random{5};
  const auto chance = [&](unsigned n) { return random() % n == 0; };
  for (int round = 0; round < 2000; ++round) {
    dial_attempt attempt;
    const int n = static_cast<int>(random() % 6) + 1;
    attempt.found(servers(n));
    unsigned again = 0, streams = 0;
    while (auto next = attempt.next()) {
      ASSERT_FALSE(next->targets.empty());
      for (auto& target : next->targets)
        ASSERT_FALSE(target.addresses.empty());
      const dialed_server to{next->targets.front().addresses.front().str(), false};
      attempt.note_tried(to);
      ++streams;
      if (again < 8 && chance(4)) {
        ++again;
        chance(2) ? attempt.try_again(to) : attempt.try_once_more(to);
      }
      ASSERT_LE(streams, dial_attempt::most_tried + again);
    }
  }
}

} // namespace
} // namespace fedhub
