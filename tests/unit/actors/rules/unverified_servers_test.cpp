#include "actors/rules/unverified_servers.hpp"

#include <gtest/gtest.h>

namespace fedhub {
namespace {

using namespace std::chrono_literals;

TEST(UnverifiedServers, are_named_once_a_day) {
  unverified_servers servers;
  const unverified_servers::time_point start{100h};
  EXPECT_TRUE(servers.due("a", start));
  EXPECT_FALSE(servers.due("a", start + 1s));
  EXPECT_TRUE(servers.due("b", start + 1h));
  EXPECT_FALSE(servers.due("a", start + 24h - 1s));
  EXPECT_TRUE(servers.due("a", start + 24h));
  EXPECT_FALSE(servers.due("b", start + 24h));
}

TEST(UnverifiedServers, are_remembered_up_to_a_limit) {
  unverified_servers servers;
  const unverified_servers::time_point start{100h};
  EXPECT_TRUE(servers.due("first", start));
  for (size_t i = 1; i < unverified_servers::most_domains; ++i)
    EXPECT_TRUE(servers.due(std::to_string(i), start + 1h));
  EXPECT_FALSE(servers.due("one more", start + 2h));
  EXPECT_TRUE(servers.due("one more", start + 24h)); // in place of the first one
  EXPECT_FALSE(servers.due("another", start + 24h));
  EXPECT_TRUE(servers.due("another", start + 25h));
}

} // namespace
} // namespace fedhub
