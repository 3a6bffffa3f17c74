#include "protocol/text/flat_set.hpp"

#include <string>

#include <gmock/gmock.h>

namespace fedhub {
namespace {

using testing::ElementsAre;

TEST(FlatSet, keeps_distinct_values_in_order) {
  flat_set<std::string> texts;
  EXPECT_TRUE(texts.empty());
  EXPECT_FALSE(texts.contains("b"));
  for (const auto* text : {"b", "d", "a", "c", "a", "d"})
    EXPECT_EQ(texts.insert(text), text);
  EXPECT_THAT(texts, ElementsAre("a", "b", "c", "d"));
  EXPECT_EQ(texts.size(), 4u);
  EXPECT_TRUE(texts.contains("a"));
  EXPECT_TRUE(texts.contains("d"));
  EXPECT_FALSE(texts.contains("aa"));
}

} // namespace
} // namespace fedhub
