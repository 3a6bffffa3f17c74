#include "actors/access/session_table.hpp"

#include <gtest/gtest.h>

#include "actors/access/one_time_tokens.hpp"
#include "protocol/access/access_token.hpp"

namespace fedhub {
namespace {

using namespace std::chrono_literals;

constexpr session_table::time_point start{1h};
constexpr auto bearer = session_carrier::bearer;

access_owner owner(std::string name) {
  return {.user = std::move(name), .uid = {}, .role = conf::admin_role::viewer};
}

TEST(SessionTable, finds_a_session_by_its_token_and_carrier) {
  session_table table;
  const auto token = digest_of(table.open(owner("ann"), bearer, start));
  ASSERT_NE(table.use(token, bearer, start), nullptr);
  EXPECT_EQ(table.use(token, bearer, start)->owner.name(), "ann");
  EXPECT_EQ(table.use(token, session_carrier::cookie, start), nullptr);
  EXPECT_EQ(table.use(digest_of("other"), bearer, start), nullptr);
  table.close(token);
  EXPECT_EQ(table.use(token, bearer, start), nullptr);
}

TEST(SessionTable, ends_a_session_that_is_not_used_for_30_minutes) {
  session_table table;
  const auto token = digest_of(table.open(owner("ann"), bearer, start));
  EXPECT_NE(table.use(token, bearer, start + 29min), nullptr);
  table.expire(start + 58min);
  EXPECT_NE(table.use(token, bearer, start + 58min), nullptr);
  table.expire(start + 88min - 1ms);
  EXPECT_EQ(table.size(), 1u);
  table.expire(start + 88min);
  EXPECT_TRUE(table.empty());
}

TEST(SessionTable, ends_a_session_after_12_hours_however_much_it_is_used) {
  session_table table;
  const auto token = digest_of(table.open(owner("ann"), bearer, start));
  for (auto time = 0min; time < 12h; time += 10min)
    ASSERT_NE(table.use(token, bearer, start + time), nullptr);
  EXPECT_EQ(table.use(token, bearer, start + 12h), nullptr);
  EXPECT_TRUE(table.empty());
}

TEST(SessionTable, holds_16_sessions_of_one_and_256_in_all) {
  session_table table;
  const auto first = digest_of(table.open(owner("ann"), bearer, start));
  const auto second = digest_of(table.open(owner("ann"), bearer, start + 1s));
  table.use(first, bearer, start + 2s);
  for (size_t i = 2; i <= session_table::most_of_one; ++i)
    table.open(owner("ann"), bearer, start + 3s);
  EXPECT_EQ(table.size(), session_table::most_of_one);
  EXPECT_EQ(table.find(second), nullptr) << "it was unused for the longest time";
  EXPECT_NE(table.find(first), nullptr);
  for (size_t i = 0; i < 2 * session_table::most; ++i)
    table.open(owner(std::to_string(i)), bearer, start + 4s);
  EXPECT_EQ(table.size(), session_table::most);
}

TEST(SessionTable, ends_the_sessions_of_those_who_lose_their_rights) {
  session_table table;
  const auto ann = digest_of(table.open(owner("ann"), bearer, start));
  const auto bob = digest_of(table.open(owner("bob"), bearer, start));
  table.retain([](const access_owner& each) { return each.user == "bob"; });
  EXPECT_EQ(table.find(ann), nullptr);
  EXPECT_NE(table.find(bob), nullptr);
}

TEST(OneTimeTokens, are_taken_once_within_60_s) {
  one_time_tokens tokens;
  const auto token = tokens.make(owner("ann"), start);
  EXPECT_FALSE(tokens.take("other", start));
  EXPECT_EQ(tokens.take(token, start + 59s), owner("ann"));
  EXPECT_FALSE(tokens.take(token, start + 59s));
  const auto late = tokens.make(owner("ann"), start);
  EXPECT_FALSE(tokens.take(late, start + 60s));
  EXPECT_FALSE(tokens.take(late, start));
}

TEST(OneTimeTokens, are_at_most_32) {
  one_time_tokens tokens;
  const auto first = tokens.make(owner("ann"), start);
  std::string last;
  for (size_t i = 0; i < one_time_tokens::most; ++i)
    last = tokens.make(owner("ann"), start + 1s);
  EXPECT_FALSE(tokens.take(first, start + 1s));
  EXPECT_TRUE(tokens.take(last, start + 1s));
}

} // namespace
} // namespace fedhub
