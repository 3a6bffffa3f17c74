#include "protocol/text/domain_map.hpp"

#include <string>

#include <gmock/gmock.h>

namespace fedhub {
namespace {

domain_name domain(std::string_view text) { return domain_name::parse(text).value(); }

TEST(DomainMap, finds_each_of_many_and_nothing_else) {
  domain_map<int> map;
  EXPECT_TRUE(map.empty());
  EXPECT_EQ(map.find("d0.example"), nullptr);
  for (int i = 0; i < 3000; ++i)
    map[domain("d" + std::to_string(i) + ".example")] = i;
  EXPECT_EQ(map.entries().size(), 3000u);
  for (int i = 0; i < 3000; ++i) {
    auto* found = map.find("d" + std::to_string(i) + ".example");
    ASSERT_NE(found, nullptr) << i;
    EXPECT_EQ(*found, i);
    EXPECT_EQ(map.find("e" + std::to_string(i) + ".example"), nullptr);
  }
  EXPECT_EQ(map.find(""), nullptr);
  EXPECT_EQ(map.find("d1.exampl"), nullptr);
}

TEST(DomainMap, keeps_one_value_for_one_domain) {
  domain_map<int> map;
  map[domain("a.example")] += 1;
  map[domain("A.example.")] += 1;
  EXPECT_EQ(map.entries().size(), 1u);
  EXPECT_EQ(*map.find("a.example"), 2);
}

TEST(DomainMap, finds_the_nearest_domain_above) {
  domain_map<std::string> map;
  map[domain("example")] = "far";
  map[domain("b.example")] = "near";
  map[domain("0.5")] = "no network";
  struct {
    const char* asked;
    const char* found;
  } rows[] = {
    {"a.b.example", "near"}, {"x.a.b.example", "near"}, {"b.example", "far"},
    {"c.example", "far"},    {"ab.example", "far"},     {"example", nullptr},
    {"a.b.other", nullptr},  {"10.0.0.5", nullptr},     {"host.10.0.0.5", "no network"},
    {"[::1]", nullptr},      {"a.b2.example", "far"},   {"localhost", nullptr},
  };
  for (auto& row : rows) {
    auto* found = map.find_above(domain(row.asked));
    if (row.found == nullptr)
      EXPECT_EQ(found, nullptr) << row.asked;
    else
      EXPECT_TRUE(found != nullptr && *found == row.found) << row.asked;
  }
}

TEST(DomainSet, contains_what_a_pattern_matches) {
  const char* patterns[] = {"a.example", "*.b.example", "*.example.net"};
  const char* names[] = {"a.example",     "x.a.example", "b.example",         "x.b.example",
                         "y.x.b.example", "xb.example",  "example.net",       "b.example.net",
                         "10.0.0.5",      "[::1]",       "deep.b.example.net"};
  domain_set set;
  for (auto* pattern : patterns)
    set.add(domain_pattern::parse(pattern).value());
  for (auto* name : names) {
    bool matched = false;
    for (auto* pattern : patterns)
      matched = matched || domain_pattern::parse(pattern)->matches(domain(name));
    EXPECT_EQ(set.contains(domain(name)), matched) << name;
  }
}

TEST(DomainSet, contains_all_by_the_pattern_for_all) {
  domain_set set;
  EXPECT_FALSE(set.contains(domain("a.example")));
  set.add(domain_pattern::parse("*").value());
  EXPECT_TRUE(set.contains(domain("a.example")));
  EXPECT_TRUE(set.contains(domain("10.0.0.5")));
}

} // namespace
} // namespace fedhub
