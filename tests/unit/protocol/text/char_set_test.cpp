#include "protocol/text/char_set.hpp"

#include <string>

#include <gmock/gmock.h>

namespace fedhub {
namespace {

TEST(CharSet, holds_its_members_and_no_other_octet) {
  constexpr std::string_view members = "\t\"&'<=>?";
  constexpr char_set set{members};
  for (int octet = 0; octet < 256; ++octet) {
    const auto c = static_cast<char>(octet);
    EXPECT_EQ(set.contains(c), members.find(c) != members.npos) << octet;
  }
  EXPECT_FALSE(char_set{""}.contains('\0'));
}

TEST(CharSet, finds_the_first_member_and_the_first_other) {
  constexpr char_set space{" \t"};
  EXPECT_EQ(space.find("ab c d"), 2u);
  EXPECT_EQ(space.find("ab c d", 3), 4u);
  EXPECT_EQ(space.find("abc"), 3u);
  EXPECT_EQ(space.find("", 0), 0u);
  EXPECT_EQ(space.find_other(" \t a "), 3u);
  EXPECT_EQ(space.find_other("a  b", 1), 3u);
  EXPECT_EQ(space.find_other("  "), 2u);
}

} // namespace
} // namespace fedhub
