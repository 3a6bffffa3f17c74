#include "protocol/stanza/rewrite.hpp"

#include <ctime>
#include <functional>

#include <gtest/gtest.h>

#include "protocol/events/stream_header.hpp"
#include "tests/unit/protocol/stanza/passage.hpp"

namespace fedhub {
namespace {

using testing::expected_at_destination;
using testing::passage;
using testing::read_at_destination;

constexpr std::string_view usual =
  "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' "
  "xmlns:db='jabber:server:dialback' version='1.0'>";
constexpr std::string_view component =
  "<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams'>";

TEST(Rewrite, changes_only_what_the_two_streams_make_necessary) {
  struct row {
    const char* name;
    std::string_view header;
    std::string_view stanza;
    std::string_view destination;
    std::string_view start_tag; ///< the rewritten start tag; empty: unchanged.
  };
  const row rows[] = {
    {"nothing to do", usual, "<message to='a@b'><body>x</body></message>", ns::server, ""},
    {"between content namespaces", usual, "<message to='a@b'><body>x</body></message>",
     ns::component_accept, ""},
    {"the other way", component, "<iq from=\"a@b\"/>", ns::server, ""},
    {"own namespace, same", usual, "<message xmlns='jabber:server'/>", ns::server, ""},
    {"own namespace, other", usual, "<message xmlns='jabber:server'><a/></message>",
     ns::component_accept, "<message>"},
    {"own namespace in references", usual, "<message xmlns=\"jabber:&#115;erver\"/>",
     ns::component_accept, "<message/>"},
    {"own namespace between attributes", usual,
     "<message id='1' xmlns='jabber:server' type='chat'/>", ns::component_accept,
     "<message id='1' type='chat'/>"},
    {"own namespace, both components", component, "<message xmlns='jabber:component:accept'/>",
     ns::component_accept, "<message/>"},
    {"header prefix in use deep inside",
     "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' "
     "xmlns:x='urn:x'>",
     "<message><a><x:b/></a></message>", ns::server, "<message xmlns:x='urn:x'>"},
    {"header prefix on an attribute",
     "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' "
     "xmlns:x='urn:x'>",
     "<message><a x:b='c'/></message>", ns::server, "<message xmlns:x='urn:x'>"},
    {"header prefix not in use",
     "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' "
     "xmlns:x='urn:x'>",
     "<message><a/></message>", ns::server, ""},
    {"header prefix bound anew",
     "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' "
     "xmlns:x='urn:x'>",
     "<message xmlns:x='urn:y'><x:a/></message>", ns::server, ""},
    {"header prefix bound anew in one place only",
     "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' "
     "xmlns:x='urn:x'>",
     "<message><x:a xmlns:x='urn:y'/><x:b/></message>", ns::server, "<message xmlns:x='urn:x'>"},
    {"stanza under a header prefix",
     "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' "
     "xmlns:s='jabber:server'>",
     "<s:message><s:body/><body/></s:message>", ns::component_accept,
     "<s:message xmlns:s='jabber:component:accept'>"},
    {"stanza under a prefix of its own", usual,
     "<s:message xmlns:s='jabber:server'><s:body/></s:message>", ns::component_accept,
     "<s:message xmlns:s='jabber:component:accept'>"},
    {"the same, same namespace", usual, "<s:message xmlns:s='jabber:server'><s:body/></s:message>",
     ns::server, ""},
    {"streams as default namespace",
     "<stream xmlns='http://etherx.jabber.org/streams' xmlns:s='jabber:server'>",
     "<s:message><s:body/><odd/></s:message>", ns::server,
     "<s:message xmlns='http://etherx.jabber.org/streams' xmlns:s='jabber:server'>"},
    {"streams as default namespace, own one here",
     "<stream xmlns='http://etherx.jabber.org/streams'>",
     "<message xmlns='jabber:server'><body/></message>", ns::server, ""},
    {"language of the header",
     "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' "
     "xml:lang='de-&lt;'>",
     "<message/>", ns::server, "<message xml:lang='de-&lt;'/>"},
    {"language of its own",
     "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' "
     "xml:lang='de'>",
     "<message xml:lang='fr'/>", ns::server, ""},
    {"a name with markup",
     "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' "
     "xmlns:x='urn:&apos;&lt;&amp;&#10;'>",
     "<message><x:a/></message>", ns::server, "<message xmlns:x='urn:&apos;&lt;&amp;&#10;'>"},
    {"white space all over", usual,
     "<message\n\txmlns =\r\n'jabber:server'\n to\t= \"a\" ></message>", ns::component_accept,
     "<message\n to\t= \"a\" >"},
    {"an end of tag inside a value", usual, "<message xmlns='jabber:server' id='/>'/>",
     ns::component_accept, "<message id='/>'/>"},
    {"a forwarded stanza stays", usual,
     "<message><f xmlns='urn:f'><message xmlns='jabber:server'/></f></message>", ns::server, ""},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    const passage p{row.header, row.stanza};
    ASSERT_TRUE(p.valid);
    EXPECT_EQ(p.unchanged(row.destination), row.start_tag.empty());
    const auto written = p.to(row.destination);
    const auto old_start = row.stanza.substr(0, p.scanner.tag().end);
    EXPECT_EQ(written, std::string{row.start_tag.empty() ? old_start : row.start_tag}
                         + std::string{row.stanza.substr(old_start.size())});
    EXPECT_EQ(read_at_destination(row.destination, written),
              expected_at_destination(p, row.destination));
  }
}

/// gloox ignores stanzas whose root has a prefix.
TEST(Rewrite, takes_the_prefix_off_a_root_that_does_not_need_it) {
  constexpr std::string_view header_prefix =
    "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' "
    "xmlns:s='jabber:server'>";
  constexpr std::string_view other_default =
    "<stream xmlns='http://etherx.jabber.org/streams' xmlns:s='jabber:server'>";
  struct row {
    std::string_view header, stanza;
    std::string_view plain; ///< empty: the prefix stays.
  };
  const row rows[] = {
    {usual, "<s:iq xmlns:s='jabber:server' id='1'/>", "<iq id='1'/>"},
    {usual, "<s:iq id='1' xmlns:s='jabber:server'></s:iq>", "<iq id='1'></iq>"},
    {usual, "<s:iq  xmlns:s='jabber:server'  ><a/></s:iq >", "<iq  ><a/></iq>"},
    {usual, "<s:iq xmlns:s='jabber:server'><s:a/></s:iq>",
     "<iq xmlns:s='jabber:server'><s:a/></iq>"},
    {usual, "<s:iq xmlns:s='jabber:server'><a s:b=''/></s:iq>",
     "<iq xmlns:s='jabber:server'><a s:b=''/></iq>"},
    {usual, "<s:iq xmlns:s='jabber:server' s:b=''/>", "<iq xmlns:s='jabber:server' s:b=''/>"},
    {usual, "<s:iq xmlns:s='jabber:server' xmlns:t='u'><t:a/></s:iq>",
     "<iq xmlns:t='u'><t:a/></iq>"},
    {usual, "<s:iq xmlns:s='jabber:server' xmlns='jabber:server'><a/></s:iq>",
     "<iq xmlns='jabber:server'><a/></iq>"},
    {usual, "<s:iq xmlns:s='jabber:server'><![CDATA[</s:iq>]]></s:iq>",
     "<iq xmlns:s='jabber:server'><![CDATA[</s:iq>]]></iq>"},
    {usual, "<s:iq xmlns:s='jabber:server' xmlns='u'><a/></s:iq>", ""},
    {usual, "<iq xmlns:s='jabber:server'><s:a/></iq>", ""},
    {header_prefix, "<s:iq><a/></s:iq>", "<iq><a/></iq>"},
    {header_prefix, "<s:iq><s:a/></s:iq>", "<iq><s:a/></iq>"},
    {other_default, "<s:iq><a/></s:iq>", ""},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.stanza);
    const passage p{row.header, row.stanza};
    ASSERT_TRUE(p.valid);
    const auto plain = without_prefix(row.stanza, tag_digest{p.scanner.tag()}, p.source);
    EXPECT_EQ(plain ? plain->text : "", row.plain);
    if (!plain)
      continue;
    // The result is the same stanza, and can be passed on like any other.
    const passage again{row.header, plain->text};
    ASSERT_TRUE(again.valid);
    for (const auto destination : {ns::server, ns::component_accept})
      EXPECT_EQ(read_at_destination(destination, again.to(destination)),
                expected_at_destination(p, destination));
    EXPECT_EQ(plain->tag.end, again.scanner.tag().end);
    EXPECT_EQ(plain->tag.header_prefixes, again.scanner.tag().header_prefixes);
    EXPECT_EQ(plain->tag.declares_prefix(), again.scanner.tag().declares_prefix);
    EXPECT_EQ(plain->tag.has_xmlns(), bool{again.scanner.tag().xmlns});
  }
}

TEST(Rewrite, puts_in_the_addresses_it_is_given) {
  struct row {
    std::string_view stanza;
    std::string_view to, from;
    std::string_view written;
  };
  for (const row& line : {
         row{"<iq to='a' from=\"b\" id='1'/>", "A", "B", "<iq to='A' from=\"B\" id='1'/>"},
         row{"<iq to='a' from='b'/>", "A", "", "<iq to='A' from='b'/>"},
         row{"<iq to='' from=''/>", "A", "B", "<iq to='A' from='B'/>"},
         row{"<iq id='1'/>", "A", "B", "<iq id='1' to='A' from='B'/>"},
         row{"<iq x:to='a' xmlns:x='urn:x' from='b'/>", "A", "",
             "<iq x:to='a' xmlns:x='urn:x' from='b' to='A'/>"},
         row{"<iq/>", "o&apos;n@x/&quot;q&quot;", "", "<iq to='o&apos;n@x/&quot;q&quot;'/>"},
         row{"<iq to='a'>b</iq>", "o'n@x/\"q\"", "", "<iq to='o&apos;n@x/\"q\"'>b</iq>"},
         row{"<iq to=\"a\">b</iq>", "o'n@x/\"q\"", "", "<iq to=\"o'n@x/&quot;q&quot;\">b</iq>"},
       }) {
    SCOPED_TRACE(line.stanza);
    const passage p{usual, line.stanza};
    ASSERT_TRUE(p.valid);
    EXPECT_EQ(p.to(ns::server, {std::string{line.to}, std::string{line.from}}), line.written);
    EXPECT_TRUE(read_at_destination(ns::server, line.written));
  }
}

TEST(Rewrite, refuses_prefixes_that_the_other_stream_would_have_twice) {
  const std::string own = " xmlns:x='jabber:server'", other = " xmlns:y='jabber:component:accept'";
  const std::string header{usual.substr(0, usual.size() - 1)};
  struct row {
    const char* name;
    std::string header, stanza;
    bool mixed;
  };
  const row rows[] = {
    {"both on the root", {}, "<message" + own + other + " x:a='1' y:a='2'/>", true},
    {"the other in a child",
     {},
     "<message" + own + "><a" + other + " x:a='1' y:a='2'/></message>",
     true},
    {"the root by a prefix", {}, "<x:message" + own + other + " x:a='1' y:a='2'/>", true},
    {"both in the header", own + other, "<message x:a='1' y:a='2'/>", true},
    {"own in the header", own, "<message><a" + other + " x:a='1' y:a='2'/></message>", true},
    {"the other in the header", other, "<message" + own + "><a x:a='1' y:a='2'/></message>", true},
    {"with references and spaces",
     {},
     "<message" + own + "><a xmlns:y = \"jabber&#58;component:accept\" x:a='1' y:a='2'/></message>",
     true},
    {"both in a child", {}, "<message><a" + own + other + " x:a='1' y:a='2'/></message>", false},
    {"own only", {}, "<message" + own + " x:a='1'/>", false},
    {"the other only", {}, "<message" + other + " y:a='1'/>", false},
    {"in the header, not in use", own + other, "<message a='1'/>", false},
    {"own in the header, the other not in use", own + other, "<message x:a='1'/>", false},
    {"the other as a default namespace",
     {},
     "<message" + own + "><a xmlns='jabber:component:accept' x:a='1' a='2'/></message>",
     false},
  };
  for (auto& row : rows) {
    const auto its_header = header + row.header + ">";
    const passage p{its_header, row.stanza};
    ASSERT_TRUE(p.valid) << row.name;
    EXPECT_EQ(p.mixed(), row.mixed) << row.name;
    if (!row.mixed) {
      EXPECT_TRUE(read_at_destination(ns::component_accept, p.to(ns::component_accept)))
        << row.name;
    }
  }
}

TEST(Rewrite, looks_for_prefixes_in_time_that_grows_with_the_stanza_alone) {
  for (const std::string_view word : {"xmlns:", "xmlns:y=", "xmlns:y='", "xmlns:y= \""}) {
    std::string stanza = "<message xmlns:x='jabber:server'><body>";
    while (stanza.size() < 500'000)
      stanza += word;
    stanza += "</body></message>";
    const passage p{usual, stanza};
    ASSERT_TRUE(p.valid) << word;
    const auto begun = std::clock();
    EXPECT_FALSE(p.mixed()) << word;
    EXPECT_LT(std::clock() - begun, CLOCKS_PER_SEC / 20) << word;
  }
}

/// A stanza without an obstacle is within the scanner's limits on every other stream too.
TEST(Rewrite, keeps_what_is_no_obstacle_within_the_limits_of_the_other_stream) {
  const std::string begin{usual.substr(0, usual.size() - 1)};
  const auto many = [](std::string_view what, int count) {
    std::string text;
    for (int i = 0; i < count; ++i) {
      text.append(" ").append(what).append(std::to_string(i)).append("='u");
      text.append(std::to_string(i)).append("'");
    }
    return text;
  };
  const auto uses = [](int count) {
    std::string text;
    for (int i = 0; i < count; ++i)
      text.append("<h").append(std::to_string(i)).append(":x/>");
    return text;
  };
  struct row {
    const char* name;
    std::string header; ///< further attributes of the stream's header.
    std::function<std::string(int)> stanza;
    int most; ///< the largest number that the scanner accepts.
  };
  const row rows[] = {
    {"attributes", " xml:lang='de'", [&](int n) { return "<message" + many("a", n) + "/>"; }, 512},
    {"attributes, and prefixes of the header", many("xmlns:h", 50),
     [&](int n) { return "<message" + many("a", n) + ">" + uses(50) + "</message>"; }, 512},
    {"prefixes of a child",
     {},
     [&](int n) { return "<message><x" + many("xmlns:p", n) + "/></message>"; },
     126},
    {"prefixes of a child, and of the header", many("xmlns:h", 50),
     [&](int n) { return "<message>" + uses(50) + "<x" + many("xmlns:p", n) + "/></message>"; },
     76},
    {"prefixes of the root",
     {},
     [&](int n) { return "<message" + many("xmlns:p", n) + "/>"; },
     126},
  };
  for (auto& row : rows) {
    int passed = 0;
    for (int n = 0; n <= row.most; ++n) {
      const auto its_header = begin + row.header + ">";
      const auto stanza = row.stanza(n);
      const passage p{its_header, stanza};
      ASSERT_TRUE(p.valid) << row.name << ", " << n;
      if (p.scanner.tag().obstacle != passage_obstacle::none) {
        EXPECT_EQ(p.scanner.tag().obstacle, passage_obstacle::crowded);
        continue;
      }
      passed = n;
      for (const auto destination : {ns::server, ns::component_accept}) {
        header_to_send its;
        its.content_namespace = destination;
        its.dialback = true;
        const auto there = make_stream_header(its);
        const auto written = p.to(destination, {"to@b.example", "from@a.example"});
        const passage next{there, written};
        EXPECT_TRUE(next.valid) << row.name << ", " << n;
      }
    }
    // Stanzas are not refused unnecessarily.
    EXPECT_GE(passed, row.most - 70) << row.name;
    EXPECT_LT(passed, row.most) << row.name;
  }
}

/// The header has 70 prefixes. Those after the 63rd share a bit, and the stanza may declare some of
/// them itself.
TEST(Rewrite, copes_with_more_header_prefixes_than_it_has_bits) {
  std::string header =
    "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams'";
  for (int i = 0; i < 70; ++i)
    header.append(" xmlns:p" + std::to_string(i) + "='urn:" + std::to_string(i) + "'");
  header += ">";
  for (auto stanza : {"<message><p69:a/><p61:b/></message>",
                      "<message xmlns:p68='urn:mine'><p68:x/><p69:a/></message>",
                      "<p69:message xmlns:p69='jabber:server'><p0:a p65:b='c'/></p69:message>"}) {
    SCOPED_TRACE(stanza);
    const passage p{header, stanza};
    ASSERT_TRUE(p.valid);
    EXPECT_FALSE(p.unchanged(ns::server));
    for (auto destination : {ns::server, ns::component_accept})
      EXPECT_EQ(read_at_destination(destination, p.to(destination)),
                expected_at_destination(p, destination));
  }
}

} // namespace
} // namespace fedhub
