#include "actors/runtime/lru_map.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>

namespace fedhub {
namespace {

using testing::Pointee;

TEST(LruMap, displaces_the_key_that_was_used_least_recently) {
  lru_map<std::string, int> map{2};
  map.put("a", 1);
  map.put("b", 2);
  EXPECT_THAT(map.use("a"), Pointee(1));
  map.put("c", 3);
  EXPECT_EQ(map.find("b"), nullptr);
  EXPECT_THAT(map.find("a"), Pointee(1));
  EXPECT_THAT(map.find("c"), Pointee(3));
  map.put("d", 4);
  EXPECT_EQ(map.find("a"), nullptr) << "a look is no use";
}

TEST(LruMap, replaces_a_value_and_takes_that_for_a_use) {
  lru_map<std::string, int> map{2};
  map.put("a", 1);
  map.put("b", 2);
  EXPECT_EQ(map.put("a", 3).value, 3);
  EXPECT_EQ(map.size(), 2U);
  EXPECT_EQ(map.oldest().key, "b");
}

TEST(LruMap, keeps_nothing_without_room) {
  lru_map<std::string, int> map{0};
  map.put("a", 1);
  EXPECT_TRUE(map.empty());
  EXPECT_EQ(map.use("a"), nullptr);
}

TEST(LruMap, erases_by_the_key_of_an_entry_itself) {
  lru_map<std::string, int> map{3};
  for (const auto* key : {"a", "b", "c"})
    map.put(key, 0);
  EXPECT_TRUE(map.erase(map.oldest().key));
  EXPECT_EQ(map.find("a"), nullptr);
  EXPECT_FALSE(map.erase("a"));
  map.erase_if([](auto& entry) { return entry.key == "c"; });
  EXPECT_EQ(map.size(), 1U);
  EXPECT_NE(map.find("b"), nullptr);
  map.clear();
  EXPECT_TRUE(map.empty());
  EXPECT_EQ(map.find("b"), nullptr);
}

/// Compares with a list that is searched from its front.
TEST(LruMap, is_what_a_plain_list_would_be) {
  constexpr size_t capacity = 8;
  lru_map<int, int> map{capacity};
  std::vector<std::pair<int, int>> plain; // the most recent first
  const auto of = [&](int key) {
    return std::ranges::find(plain, key, &std::pair<int, int>::first);
  };
  std::minstd_rand random{4711};
  for (int step = 0; step < 50'000; ++step) {
    const int key = static_cast<int>(random() % 20);
    const auto known = of(key);
    switch (random() % 5) {
    case 0:
    case 1:
      map.put(key, step);
      if (known != plain.end())
        plain.erase(known);
      plain.emplace(plain.begin(), key, step);
      plain.resize(std::min(plain.size(), capacity));
      break;
    case 2: {
      const auto* value = map.use(key);
      ASSERT_EQ(value != nullptr, known != plain.end());
      if (value != nullptr) {
        ASSERT_EQ(*value, known->second);
        std::rotate(plain.begin(), known, known + 1);
      }
      break;
    }
    case 3:
      ASSERT_EQ(map.erase(key), known != plain.end());
      if (known != plain.end())
        plain.erase(known);
      break;
    case 4: {
      const int rest = static_cast<int>(random() % 7);
      map.erase_if([&](auto& entry) { return entry.value % 7 == rest; });
      std::erase_if(plain, [&](auto& entry) { return entry.second % 7 == rest; });
      break;
    }
    }
    ASSERT_EQ(map.size(), plain.size());
    if (!plain.empty()) {
      ASSERT_EQ(map.oldest().key, plain.back().first);
    }
    for (const auto& [sought, value] : plain)
      ASSERT_THAT(map.find(sought), Pointee(value));
  }
}

} // namespace
} // namespace fedhub
