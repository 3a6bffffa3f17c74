#include "actors/rules/unverified_servers.hpp"

#include <gtest/gtest.h>

namespace fedhub {
namespace {

using namespace std::chrono_literals;

TEST(UnverifiedServers, are_named_once_a_day) {
  unverified_servers x;
  const unverified_servers::time_point start{100h};
  EXPECT_TRUE(x.due("a", start));
  EXPECT_FALSE(x.due("a", start + 1s));
  EXPECT_TRUE(x.due("b", start + 1h));
  EXPECT_FALSE(x.due("a", start + 24h - 1s));
  EXPECT_TRUE(x.due("a", start + 24h));
  EXPECT_FALSE(x.due("b", start + 24h));
}

TEST(UnverifiedServers, are_remembered_up_to_a_limit) {
  unverified_servers x;
  const unverified_servers::time_point start{100h};
  EXPECT_TRUE(x.due("first", start));
  for (size_t i = 1; i < unverified_servers::most_domains; ++i)
    EXPECT_TRUE(x.due(std::to_string(i), start + 1h));
  EXPECT_FALSE(x.due("one more", start + 2h));
  EXPECT_TRUE(x.due("one more", start + 24h)); // in place of the first one
  EXPECT_FALSE(x.due("another", start + 24h));
  EXPECT_TRUE(x.due("another", start + 25h));
}

} // namespace
} // namespace fedhub
