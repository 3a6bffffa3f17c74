#include "protocol/text/domain_pattern.hpp"

#include <gtest/gtest.h>

namespace fedhub::test {
namespace {

TEST(DomainPattern, matches_as_it_is_written) {
  const struct {
    const char* pattern;
    const char* domain;
    bool matches;
  } cases[] = {
    {"a.example", "a.example", true},
    {"A.example.", "a.example", true},
    {"a.example", "b.a.example", false},
    {"*.a.example", "b.a.example", true},
    {"*.a.example", "c.b.a.example", true},
    {"*.a.example", "a.example", false},
    {"*.a.example", "ba.example", false},
    {"*.a.example", "xa.example", false},
    {"*.MÜNCHEN.example", "a.xn--mnchen-3ya.example", true},
    {"*", "a.example", true},
    {"*", "[::1]", true},
    {"[::1]", "[::1]", true},
  };
  for (const auto& c : cases) {
    const auto pattern = domain_pattern::parse(c.pattern);
    ASSERT_TRUE(pattern) << c.pattern;
    EXPECT_EQ(pattern->matches(*domain_name::parse(c.domain)), c.matches)
      << c.pattern << ' ' << c.domain;
  }
  EXPECT_FALSE(domain_pattern::parse("*")->matches({}));
}

TEST(DomainPattern, matches_either_form_of_a_domain) {
  const struct {
    const char* pattern;
    const char* domain;
    bool matches;
  } cases[] = {
    {"straße.example", "strasse.example", true},
    {"strasse.example", "straße.example", true},
    {"*.straße.example", "a.strasse.example", true},
    {"*.strasse.example", "a.straße.example", true},
    {"*.straße.example", "straße.example", false},
    {"straße.example", "strase.example", false},
    {"*", "straße.example", true},
  };
  for (const auto& c : cases)
    EXPECT_EQ(domain_pattern::parse(c.pattern)->matches_either(*domain_name::parse(c.domain)),
              c.matches)
      << c.pattern << " " << c.domain;
}

TEST(DomainPattern, reads_what_it_writes_and_refuses_the_rest) {
  for (const char* text : {"a.example", "*.a.example", "*", "[::1]"}) {
    EXPECT_EQ(domain_pattern::parse(text)->str(), text);
  }
  EXPECT_TRUE(domain_pattern::parse("*")->base().empty());
  EXPECT_EQ(domain_pattern::parse("*.a.example")->base().str(), "a.example");
  for (const char* text : {"", "**", "*.", "*a.example", "a.*", "*.*.a", "*.192.0.2.1", "*.[::1]"})
    EXPECT_FALSE(domain_pattern::parse(text)) << text;
}

} // namespace
} // namespace fedhub::test
