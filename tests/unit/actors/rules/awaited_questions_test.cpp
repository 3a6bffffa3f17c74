// Without actors, so that ThreadSanitizer can test it: CAF's library is not built for that.
#include "actors/rules/awaited_questions.hpp"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace fedhub {
namespace {

address_group at(const std::string& ip) { return address_group{*socket_address::parse(ip, 5269)}; }

TEST(AwaitedQuestions, are_the_unanswered_keys_of_all_streams_to_an_address) {
  awaited_questions awaited;
  awaited_questions::share a{awaited, at("192.0.2.1")};
  awaited_questions::share b{awaited, at("192.0.2.1")};
  awaited_questions::share elsewhere{awaited, at("192.0.2.2")};
  a.sent();
  a.sent();
  b.sent();
  elsewhere.sent();
  EXPECT_EQ(awaited.of(at("192.0.2.1")), 3u);
  EXPECT_EQ(awaited.of(at("192.0.2.3")), 0u);
  a.answered();
  EXPECT_EQ(awaited.of(at("192.0.2.1")), 2u);
  EXPECT_EQ(a.count(), 1u);
}

TEST(AwaitedQuestions, end_with_their_stream_and_leave_nothing) {
  awaited_questions awaited;
  {
    awaited_questions::share a{awaited, at("192.0.2.1")};
    a.sent();
    a.sent();
    a.answered();
  }
  EXPECT_EQ(awaited.of(at("192.0.2.1")), 0u);
  EXPECT_EQ(awaited.addresses(), 0u);
}

TEST(AwaitedQuestions, are_not_fewer_than_none_whatever_is_answered) {
  awaited_questions awaited;
  awaited_questions::share a{awaited, at("192.0.2.1")};
  awaited_questions::share b{awaited, at("192.0.2.1")};
  b.sent();
  a.answered();
  EXPECT_EQ(awaited.of(at("192.0.2.1")), 1u);
  EXPECT_EQ(a.count(), 0u);
}

TEST(AwaitedQuestions, of_one_address_are_limited) {
  awaited_questions awaited;
  awaited_questions::share a{awaited, at("192.0.2.1")};
  for (uint64_t i = 0; i < awaited_questions::most_of_one + 10; ++i)
    a.sent();
  EXPECT_EQ(awaited.of(at("192.0.2.1")), awaited_questions::most_of_one);
  for (uint64_t i = 0; i < 11; ++i)
    a.answered();
  EXPECT_EQ(awaited.of(at("192.0.2.1")), awaited_questions::most_of_one - 1);
}

TEST(AwaitedQuestions, of_more_addresses_than_are_counted_do_no_harm) {
  awaited_questions awaited;
  std::vector<std::unique_ptr<awaited_questions::share>> all;
  for (size_t i = 0; i < awaited_questions::most_addresses + 2; ++i) {
    auto ip = "10." + std::to_string(i >> 16) + "." + std::to_string(i >> 8 & 255) + "."
              + std::to_string(i & 255);
    all.push_back(std::make_unique<awaited_questions::share>(awaited, at(ip)));
    all.back()->sent();
  }
  EXPECT_EQ(awaited.addresses(), awaited_questions::most_addresses);
  all.clear();
  EXPECT_EQ(awaited.addresses(), 0u);
}

TEST(AwaitedQuestions, are_kept_for_connections_by_number) {
  awaited_questions awaited;
  awaited.sent(1, at("192.0.2.1"));
  awaited.sent(1, at("192.0.2.1"));
  awaited.sent(2, at("192.0.2.1"));
  awaited.answered(1);
  awaited.answered(3); // no key was sent on this connection
  EXPECT_EQ(awaited.of(at("192.0.2.1")), 2u);
  awaited.ended(1);
  awaited.ended(1);
  EXPECT_EQ(awaited.of(at("192.0.2.1")), 1u);
  awaited.answered(2);
  EXPECT_EQ(awaited.addresses(), 0u);
}

TEST(AwaitedQuestions, are_counted_right_under_threads) {
  awaited_questions awaited;
  std::vector<std::thread> streams;
  for (uint64_t i = 0; i < 4; ++i)
    streams.emplace_back([&, i, ip = "192.0.2." + std::to_string(i % 2)] {
      for (uint64_t n = 0; n < 2000; ++n) {
        const auto number = 10'000 * i + n;
        awaited.sent(number, at(ip));
        awaited.ended(number);
        awaited_questions::share share{awaited, at(ip)};
        share.sent();
        share.sent();
        EXPECT_GE(awaited.of(at(ip)), 2u);
        share.answered();
      }
    });
  for (auto& x : streams)
    x.join();
  EXPECT_EQ(awaited.addresses(), 0u);
}

} // namespace
} // namespace fedhub
