#include "protocol/admin/name_match.hpp"

#include <gtest/gtest.h>

namespace fedhub::admin {
namespace {

TEST(NameMatch, follows_the_table) {
  struct row {
    std::string pattern;
    std::string name;
    bool matches;
  };
  const row rows[] = {
    {"", "anything.example", true},
    {"", "", true},
    {"part", "im.partner.example", true}, // no wildcard: contains
    {"PART", "im.partner.example", true},
    {"part", "im.PARTNER.example", true},
    {"party", "im.partner.example", false},
    {"*.example", "im.partner.example", true},
    {"*.example", "example", false},
    {"*.example", "im.partner.example.net", false},
    {"im.*", "im.partner.example", true},
    {"im.*", "aim.partner.example", false},
    {"im.*.example", "im.a.b.example", true},
    {"?.example", "a.example", true},
    {"?.example", "ab.example", false},
    {"*", "", true},
    {"?", "", false},
    {"a*b*c", "a-b-b-c", true},
    {"a*b*c", "a-b-b-c-d", false},
  };
  for (const auto& [pattern, name, matches] : rows)
    EXPECT_EQ(name_match{pattern}.matches(name), matches) << pattern << " on " << name;
}

TEST(NameMatch, is_quick_for_patterns_that_nearly_fit_everywhere) {
  std::string pattern;
  while (pattern.size() + 2 <= name_match::most_octets)
    pattern += "*a";
  const name_match match{pattern + "b"};
  EXPECT_FALSE(match.matches(std::string(100'000, 'a')));
}

} // namespace
} // namespace fedhub::admin
