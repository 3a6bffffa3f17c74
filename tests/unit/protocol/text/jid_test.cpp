#include "protocol/text/jid.hpp"
#include "protocol/text/xml_escape.hpp"

#include <gtest/gtest.h>

namespace fedhub::test {
namespace {

TEST(Jid, splits_at_the_first_slash_and_the_first_at_before_it) {
  const struct {
    const char* text;
    const char* local;
    const char* domain;
    const char* resource;
    const char* bare;
  } cases[] = {
    {"b.example", "", "b.example", "", "b.example"},
    {"a@b.example", "a", "b.example", "", "a@b.example"},
    {"a@b.example/c", "a", "b.example", "c", "a@b.example"},
    {"b.example/c", "", "b.example", "c", "b.example"},
    {"b.example/c@d/e", "", "b.example", "c@d/e", "b.example"},
    {"a@b/ x '\"<&>", "a", "b", " x '\"<&>", "a@b"},
    {"ü@ü.example/ü", "ü", "ü.example", "ü", "ü@ü.example"},
    {"[2001:db8::1]/r@s", "", "[2001:db8::1]", "r@s", "[2001:db8::1]"},
    {"a b", "", "a b", "", "a b"}, // the domainpart is not checked
    {"a@[2001:db8::1]/r", "a", "[2001:db8::1]", "r", "a@[2001:db8::1]"},
  };
  for (const auto& c : cases) {
    const auto result = split_jid(c.text);
    ASSERT_TRUE(result) << c.text;
    EXPECT_EQ(result->local, c.local) << c.text;
    EXPECT_EQ(result->domain, c.domain) << c.text;
    EXPECT_EQ(result->resource, c.resource) << c.text;
    EXPECT_EQ(result->bare, c.bare) << c.text;
  }
}

TEST(Jid, refuses_malformed_addresses) {
  for (const char* text : {"", "@b", "a@", "a@/r", "/r", "b/", "a@b/", "a b@c", "a\"@b", "a&@b",
                           "a'@b", "a:b@c", "<@b", "a>@b", "a\x7f@b", "a@b\n", "a@b/x\ty", "\x01"})
    EXPECT_FALSE(split_jid(text)) << text;
  // The second "@" would belong to the domain, which is not checked here.
  EXPECT_EQ(split_jid("a@b@c")->domain, "b@c");
  EXPECT_FALSE(split_jid(std::string_view{"a\0@b", 4}));
}

TEST(Jid, refuses_a_control_character_wherever_it_stands) {
  for (size_t size = 1; size <= 40; ++size)
    for (size_t at = 0; at < size; ++at)
      for (const char c : {'\0', '\x1F', '\x7F'}) {
        std::string text(size, 'x');
        EXPECT_TRUE(split_jid(text));
        text[at] = c;
        EXPECT_FALSE(split_jid(text)) << at << " of " << size;
      }
}

TEST(Jid, reads_the_domain_of_an_address_that_is_malformed_otherwise) {
  const struct {
    const char* address;
    const char* domain;
  } rows[] = {
    {"a b@c.example/d", "c.example"},
    {"@c.example", "c.example"},
    {"c.example/", "c.example"},
    {"a@b@c.example/d@e", "c.example"},
    {"a@", ""},
    {"/a@b", ""},
    {"", ""},
    {"a\tb", "a\tb"},
  };
  for (const auto& x : rows)
    EXPECT_EQ(domain_part(x.address), x.domain) << x.address;
}

TEST(Jid, writes_a_raw_value_in_quotes_that_it_does_not_have) {
  std::string xml;
  append_raw_attribute(xml, "a", "it&apos;s \"x\"");
  append_raw_attribute(xml, "b", "it's");
  EXPECT_EQ(xml, " a='it&apos;s \"x\"' b=\"it's\"");
}

TEST(Jid, limits_each_part_to_1023_octets) {
  const std::string most(1023, 'x');
  const std::string more(1024, 'x');
  EXPECT_TRUE(split_jid(most + "@" + most + "/" + most));
  EXPECT_FALSE(split_jid(more + "@b"));
  EXPECT_FALSE(split_jid("a@" + more));
  EXPECT_FALSE(split_jid("a@b/" + more));
}

TEST(Jid, expands_references_and_normalises_white_space) {
  const struct {
    const char* raw;
    const char* value;
  } cases[] = {
    {"", ""},
    {"plain", "plain"},
    {"&lt;&gt;&amp;&apos;&quot;", "<>&'\""},
    {"a&#66;&#x63;&#x0043;d", "aBcCd"},
    {"&#xE9;&#x20AC;&#x1F339;", "é€🌹"},
    {"a\tb\nc\r\nd\re", "a b c d e"},
    {"a&#9;&#10;&#13;b", "a\t\n\rb"},
    {"&amp;lt;", "&lt;"},
    {"&amp", "&amp"},
    {"a & b;", "a & b;"},
    {"&nbsp;&#0;&#xD800;", "&nbsp;&#0;&#xD800;"},
  };
  for (const auto& c : cases)
    EXPECT_EQ(unescape(c.raw), c.value) << c.raw;
}

TEST(Jid, escapes_so_that_a_parser_reads_the_same) {
  EXPECT_EQ(escape("a<b>&'\"\t\n\r"), "a&lt;b&gt;&amp;&apos;&quot;&#9;&#10;&#13;");
  EXPECT_EQ(escape("é 🌹"), "é 🌹");
}

} // namespace
} // namespace fedhub::test
