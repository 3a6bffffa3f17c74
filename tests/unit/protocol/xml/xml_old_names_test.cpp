// The names of XML 1.0's fourth edition, as in expat.
#include "protocol/xml/xml_old_names.hpp"

#include <gtest/gtest.h>

#include "protocol/text/xml_chars.hpp"
#include "tests/unit/protocol/xml/xml_infoset.hpp"

namespace fedhub::xml {
namespace {

/// Returns whether expat accepts an element with this name.
bool expat_takes(const std::string& name) {
  return testing::read_infoset("<" + name + "/>").has_value();
}

std::string followed_by(std::string text, char32_t c) {
  append_utf8(text, c);
  return text;
}

TEST(XmlOldNames, are_those_of_expat) {
  size_t starts = 0;
  for (char32_t c = 0x80; c <= 0x10FFFF; c += c < 0x10000 ? 1 : 0x101) {
    if (!is_char(c))
      continue;
    const bool start = is_old_name_start(c);
    ASSERT_EQ(start, expat_takes(followed_by("", c))) << std::hex << uint32_t{c};
    ASSERT_EQ(is_old_name_char(c), expat_takes(followed_by("a", c))) << std::hex << uint32_t{c};
    starts += start;
  }
  EXPECT_EQ(starts, 34462u);
}

TEST(XmlOldNames, are_names_still) {
  for (char32_t c = 0x80; c <= 0x10FFFF; ++c) {
    EXPECT_LE(is_old_name_start(c), is_name_start(c)) << std::hex << uint32_t{c};
    EXPECT_LE(is_old_name_char(c), is_name_char(c)) << std::hex << uint32_t{c};
  }
}

} // namespace
} // namespace fedhub::xml
