#include "protocol/text/flat_set.hpp"

#include <string>

#include <gmock/gmock.h>

namespace fedhub {
namespace {

using testing::ElementsAre;

TEST(FlatSet, keeps_distinct_values_in_order) {
  flat_set<std::string> x;
  EXPECT_TRUE(x.empty());
  EXPECT_FALSE(x.contains("b"));
  for (const auto* text : {"b", "d", "a", "c", "a", "d"})
    EXPECT_EQ(x.insert(text), text);
  EXPECT_THAT(x, ElementsAre("a", "b", "c", "d"));
  EXPECT_EQ(x.size(), 4u);
  EXPECT_TRUE(x.contains("a"));
  EXPECT_TRUE(x.contains("d"));
  EXPECT_FALSE(x.contains("aa"));
}

} // namespace
} // namespace fedhub
