#include "protocol/xml/xml_scanner.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/protocol/xml/xml_infoset.hpp"
#include "tests/unit/protocol/xml/xml_scanner_feed.hpp"

namespace fedhub::test {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

constexpr std::string_view header =
  "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' "
  "xmlns:db='jabber:server:dialback'>";

/// Returns the results for `text` below a stream header.
std::vector<scanned> children(std::string_view text, const xml_limits& limits = {},
                              const cutter& cut = in_one_piece()) {
  xml_scanner scanner{limits};
  EXPECT_EQ(scanner.next(header).status, scan_status::header);
  return feed(scanner, text, cut);
}

scanned only_child(std::string_view text) {
  const auto all = children(text);
  EXPECT_THAT(all, SizeIs(1)) << text;
  EXPECT_EQ(all.at(0).status, scan_status::element) << describe(all.at(0));
  return all.at(0);
}

MATCHER_P(EndsIn, condition, "") {
  *result_listener << (arg.empty() ? "nothing" : describe(arg.back()));
  return !arg.empty() && arg.back().error == condition;
}

TEST(XmlScanner, reports_the_header_with_its_declaration_and_bindings) {
  xml_scanner scanner{{}};
  const std::string text = "<?xml version='1.0'?>\n"
                           "<stream:stream to='b.example' xmlns:stream='urn:s' id=\"7\" "
                           "xmlns='jabber:server' xmlns:a='u&amp;v' xml:lang='de'>";
  const auto all = feed(scanner, text, in_one_piece());
  ASSERT_THAT(all, SizeIs(1));
  const scanned& scanned = all[0];
  EXPECT_EQ(scanned.status, scan_status::header);
  EXPECT_EQ(scanned.text, text);
  EXPECT_EQ(scanned.part(scanned.tag.prefix), "stream");
  EXPECT_EQ(scanned.part(scanned.tag.name), "stream");
  EXPECT_EQ(scanned.part(scanned.tag.to), "b.example");
  EXPECT_EQ(scanned.part(scanned.tag.id), "7");
  EXPECT_EQ(scanned.part(scanned.tag.lang), "de");
  EXPECT_EQ(scanned.part(scanned.tag.xmlns), "jabber:server");
  EXPECT_EQ(scanned.namespace_uri, "urn:s");
  EXPECT_EQ(scanned.tag.end, text.size());
  std::vector<std::string> bindings;
  for (const ns_binding& binding : scanner.header_bindings())
    bindings.push_back(binding.prefix + "=" + binding.uri);
  EXPECT_THAT(bindings, ElementsAre("stream=urn:s", "a=u&v", "=jabber:server"));
}

TEST(XmlScanner, reports_an_element_with_its_start_tag) {
  const scanned scanned =
    only_child("<message to='a@b' from=\"c's\" id='' type='chat' xml:lang='en' "
               "xmlns='u' x='y'><body to='no'>hi</body></message>");
  EXPECT_EQ(scanned.part(scanned.tag.name), "message");
  EXPECT_FALSE(scanned.tag.prefix);
  EXPECT_EQ(scanned.part(scanned.tag.to), "a@b");
  EXPECT_EQ(scanned.part(scanned.tag.from), "c's");
  EXPECT_TRUE(scanned.tag.id);
  EXPECT_EQ(scanned.part(scanned.tag.id), "");
  EXPECT_EQ(scanned.part(scanned.tag.type), "chat");
  EXPECT_EQ(scanned.part(scanned.tag.lang), "en");
  EXPECT_EQ(scanned.part(scanned.tag.xmlns), "u");
  EXPECT_EQ(scanned.text.substr(scanned.tag.end, 5), "<body");
  EXPECT_FALSE(scanned.tag.empty);
  EXPECT_FALSE(scanned.tag.references);
  EXPECT_TRUE(only_child("<presence/>").tag.empty);
  EXPECT_FALSE(only_child("<presence/>").tag.to);
}

TEST(XmlScanner, keeps_attribute_values_raw) {
  const scanned scanned =
    only_child("<m to='a&amp;b&#10;\tc' db:from='no' xmlns:x='u' x:id='no'/>");
  EXPECT_EQ(scanned.part(scanned.tag.to), "a&amp;b&#10;\tc");
  EXPECT_TRUE(scanned.tag.references);
  EXPECT_TRUE(only_child("<m to='a' from='b&#x2e;c'/>").tag.references);
  EXPECT_FALSE(only_child("<m to='a'><x y='&amp;'>&amp;</x></m>").tag.references);
  EXPECT_FALSE(scanned.tag.from);
  EXPECT_FALSE(scanned.tag.id);
}

TEST(XmlScanner, knows_the_namespace_of_each_element) {
  const struct {
    const char* xml;
    const char* uri;
    bool inherits;
    bool declares = false;
  } cases[] = {
    {"<m/>", "jabber:server", true},
    {"<m xmlns='jabber:server'/>", "jabber:server", false},
    {"<m xmlns='jabber&#58;client'/>", "jabber:client", false},
    {"<m xmlns=''/>", "", false},
    {"<m xmlns:p='u'/>", "jabber:server", true, true},
    {"<m><x xmlns:p='u'/></m>", "jabber:server", true},
    {"<m><p:x xmlns:p='u'><y/></p:x></m>", "jabber:server", true},
    {"<m a='xmlns:p'/>", "jabber:server", true},
    {"<m xmlns='u' xmlns:p='u' xmlns:q='v'/>", "u", false, true},
    {"<db:result>k</db:result>", "jabber:server:dialback", true},
    {"<db:result xmlns:db='other'/>", "other", false, true},
    {"<db:result xmlns='u'/>", "jabber:server:dialback", true},
    {"<p:m xmlns:p='u'><x xmlns:p='v'/></p:m>", "u", false, true},
    {"<xml:m/>", "http://www.w3.org/XML/1998/namespace", false},
  };
  for (const auto& c : cases) {
    const scanned scanned = only_child(c.xml);
    EXPECT_EQ(scanned.namespace_uri, c.uri) << c.xml;
    EXPECT_EQ(scanned.tag.inherits_namespace, c.inherits) << c.xml;
    EXPECT_EQ(scanned.tag.declares_prefix, c.declares) << c.xml;
  }
}

TEST(XmlScanner, notes_which_header_prefixes_an_element_needs) {
  constexpr uint64_t stream = 1, db = 2;
  const struct {
    const char* xml;
    uint64_t prefixes;
  } cases[] = {
    {"<m/>", 0},
    {"<m xml:lang='en'/>", 0},
    {"<db:m/>", db},
    {"<m><x><stream:y/></x></m>", stream},
    {"<m stream:a=''><x db:b='c'/></m>", stream | db},
    {"<m>db:x stream:y='z'</m>", 0},
    {"<m><![CDATA[<db:x/>]]></m>", 0},
    {"<m xmlns:db='u'><db:x/></m>", 0},
    {"<m><x xmlns:db='u'><db:y/></x></m>", 0},
    {"<m><x xmlns:db='u'><db:y/></x><db:z/></m>", db},
    {"<m><x xmlns:db='u'/><db:z/></m>", db},
    {"<m xmlns:p='jabber:server:dialback'><p:x/></m>", 0},
  };
  for (const auto& c : cases)
    EXPECT_EQ(only_child(c.xml).tag.header_prefixes, c.prefixes) << c.xml;
}

TEST(XmlScanner, shares_bit_63_among_header_prefixes_past_the_64th) {
  std::string many = "<s";
  for (int i = 0; i < 100; ++i)
    many += " xmlns:p" + std::to_string(i) + "='u" + std::to_string(i) + "'";
  xml_scanner scanner{{}};
  ASSERT_EQ(scanner.next(many + ">").status, scan_status::header);
  ASSERT_EQ(scanner.next("<p62:a/>").status, scan_status::element);
  EXPECT_EQ(scanner.tag().header_prefixes, uint64_t{1} << 62);
  ASSERT_EQ(scanner.next("<p99:a/>").status, scan_status::element);
  EXPECT_EQ(scanner.tag().header_prefixes, uint64_t{1} << 63);
  EXPECT_EQ(scanner.namespace_uri(), "u99");
}

TEST(XmlScanner, lets_white_space_between_items_go_at_once) {
  xml_scanner scanner{{}};
  scanner.next(header);
  scan_result result = scanner.next(" \n\t");
  EXPECT_EQ(result.status, scan_status::need_more);
  EXPECT_EQ(result.skip, 3u);
  result = scanner.next("\n <m/> ");
  EXPECT_EQ(result.status, scan_status::element);
  EXPECT_EQ(result.skip, 2u);
  EXPECT_EQ(result.length, 4u);
  result = scanner.next("  <m");
  EXPECT_EQ(result.status, scan_status::need_more);
  EXPECT_EQ(result.skip, 2u);
  result = scanner.next("<m>");
  EXPECT_EQ(result.skip, 0u);
}

TEST(XmlScanner, counts_no_white_space_between_items_to_the_limit) {
  const std::string text = std::string(1000, ' ') + "<m/>";
  EXPECT_EQ(children(text, {.element_bytes = 120}).at(0).status, scan_status::element);
}

TEST(XmlScanner, lets_a_byte_order_mark_go) {
  xml_scanner scanner{{}};
  EXPECT_EQ(scanner.next("\xEF\xBB").skip, 0u);
  scan_result result = scanner.next("\xEF\xBB\xBF");
  EXPECT_EQ(result.status, scan_status::need_more);
  EXPECT_EQ(result.skip, 3u);
  result = scanner.next("<?xml version='1.0'?><s>");
  EXPECT_EQ(result.status, scan_status::header);
  EXPECT_EQ(result.length, 24u);
}

TEST(XmlScanner, takes_one_byte_order_mark_only) {
  for (const cutter& cut : {in_one_piece(), octet_by_octet()}) {
    xml_scanner scanner{{}};
    EXPECT_THAT(feed(scanner, "\xEF\xBB\xBF\xEF\xBB\xBF<s>", cut),
                EndsIn(stream_error::not_well_formed));
  }
}

TEST(XmlScanner, ends_a_stream_whose_header_is_an_empty_tag) {
  xml_scanner scanner{{}};
  const auto all = feed(scanner, "<s a='b'/> ", in_one_piece());
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_TRUE(all[0].tag.empty);
  EXPECT_EQ(all[1].status, scan_status::stream_end);
  EXPECT_EQ(scanner.next("x").error, stream_error::not_well_formed);
}

TEST(XmlScanner, stays_in_its_error) {
  xml_scanner scanner{{}};
  scanner.next(header);
  const auto first = scanner.next("  <a></b>");
  EXPECT_EQ(first.error, stream_error::not_well_formed);
  EXPECT_EQ(first.skip, 2u);
  EXPECT_EQ(scanner.next("<a/>").error, stream_error::not_well_formed);
  EXPECT_STREQ(scanner.next("").reason, first.reason);
}

TEST(XmlScanner, reports_what_came_before_an_error) {
  const auto all = children("<a/><b/><c></d><e/>");
  ASSERT_THAT(all, SizeIs(3));
  EXPECT_EQ(all[1].text, "<b/>");
  EXPECT_EQ(all[2].status, scan_status::error);
}

TEST(XmlScanner, begins_anew_after_a_reset) {
  xml_scanner scanner{{}};
  scanner.next(header);
  scanner.next("<a><b xmlns:p='u'>");
  scanner.reset();
  ASSERT_EQ(scanner.next("<?xml version='1.0'?><s xmlns='u'>").status, scan_status::header);
  EXPECT_THAT(scanner.header_bindings(), SizeIs(1));
  EXPECT_EQ(scanner.next("<db:x/>").error, stream_error::not_well_formed);
  scanner.reset();
  EXPECT_EQ(scanner.next(header).status, scan_status::header);
  EXPECT_EQ(scanner.next("<db:x/>").status, scan_status::element);
}

TEST(XmlScanner, keeps_the_bindings_of_the_header_when_its_octets_are_gone) {
  xml_scanner scanner{{}};
  {
    const std::string text{header};
    scanner.next(text);
  }
  EXPECT_EQ(scanner.next("<db:x/>").status, scan_status::element);
  EXPECT_EQ(scanner.namespace_uri(), "jabber:server:dialback");
  EXPECT_EQ(scanner.next("</stream:stream>").status, scan_status::stream_end);
}

TEST(XmlScanner, shares_the_bindings_of_headers_that_bind_the_same) {
  auto bindings = [](const std::string& uri) {
    xml_scanner scanner{{}};
    EXPECT_EQ(scanner.next("<s xmlns:a='" + uri + "' xmlns='urn:default'>").status,
              scan_status::header);
    EXPECT_EQ(scanner.next("<x/>").status, scan_status::element);
    EXPECT_EQ(scanner.namespace_uri(), "urn:default");
    return scanner.header_bindings();
  };
  const auto first = bindings("urn:1");
  EXPECT_EQ(bindings("urn:1").begin(), first.begin());
  EXPECT_NE(bindings("urn:2").begin(), first.begin());
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(bindings("urn:" + std::to_string(i))[0].uri, "urn:" + std::to_string(i));
  EXPECT_EQ(first[0].uri, "urn:1");
}

TEST(XmlScanner, moves_with_its_state) {
  xml_scanner scanner{{}};
  scanner.next(header);
  scanner.next("<a><b");
  xml_scanner moved{std::move(scanner)};
  EXPECT_EQ(moved.next("<a><b/></a>").status, scan_status::element);
}

TEST(XmlScanner, judges_a_tag_as_soon_as_it_can_no_longer_be_one) {
  // Without the '>': the scanner must not wait for a peer that sends this and then waits.
  EXPECT_THAT(children("<a b='x<"), EndsIn(stream_error::not_well_formed));
  EXPECT_THAT(children("<a b=<"), EndsIn(stream_error::not_well_formed));
  EXPECT_THAT(children("</stream:strea<"), EndsIn(stream_error::not_well_formed));
  EXPECT_THAT(children("<!-"), EndsIn(stream_error::restricted_xml));
  EXPECT_THAT(children("<a>&nbsp;"), EndsIn(stream_error::restricted_xml));
}

TEST(XmlScanner, tells_names_that_servers_with_older_rules_refuse) {
  const struct {
    const char* xml;
    bool is_new;
  } cases[] = {
    {"<m/>", false},
    {"<m straße='1'><größe/></m>", false},
    {"<m><漢字/></m>", false},
    {"<m><a·b/></m>", false},
    {"<\u2C00m/>", true},
    {"<m \u2C00='1'/>", true},
    {"<m><\u2C00/></m>", true},
    {"<m><a><b \u2C00='1'/></a><c/></m>", true},
    {"<m><a\u203F/></m>", true},
    {"<m><a\U000EFFFF/></m>", true},
    {"<m><\u2C00:x xmlns:\u2C00='u'/></m>", true},
    {"<m><p:\u2C00 xmlns:p='u'/></m>", true},
    {"<m xmlns:\u2C00='u'/>", true},
    {"<m a='\u2C00'>\u2C00\U000EFFFF<![CDATA[<\u2C00/>]]></m>", false},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(only_child(c.xml).tag.obstacle,
              c.is_new ? passage_obstacle::new_names : passage_obstacle::none)
      << c.xml;
    EXPECT_EQ(testing::read_infoset(c.xml).has_value(), !c.is_new) << "expat on " << c.xml;
  }
  // Each stanza is checked by itself, and a name of the header counts where it is used.
  xml_scanner scanner{{}};
  scanner.next("<s xmlns='u' xmlns:\u2C00='v'>");
  const auto all = feed(scanner, "<\u2C00:m/><m/><m><x \u2C00:a=''/></m><m></m>", in_one_piece());
  std::vector<bool> seen;
  for (const auto& x : all)
    seen.push_back(x.tag.obstacle == passage_obstacle::new_names);
  EXPECT_THAT(seen, ElementsAre(true, false, true, false));
}

TEST(XmlScanner, reports_namespace_names_that_servers_would_split) {
  const struct {
    const char* xml;
    bool odd;
  } cases[] = {
    {"<m xmlns='urn:a-b.c_d~%20:/?#[]@!$&amp;()*+,;=&apos;'/>", false},
    {"<m xmlns='urn:größe'/>", false},
    {"<m xmlns=''/>", false},
    {"<m xmlns='a b' xmlns:p='a&lt;&quot;&#9;^`{'/>", false},
    {"<m xmlns='a\nb'/>", false}, // normalised to a blank (XML 1.0 §3.3.3)
    {"<m a='a|b'>a|b}\n</m>", false},
    {"<m xmlns='a&#10;b'/>", true},
    {"<m xmlns='a&#xA;b'/>", true},
    {"<m xmlns='a|b'/>", true},
    {"<m><x xmlns='a}b'/></m>", true},
    {"<m><x xmlns='a&#x7D;b'/><y xmlns='u'/></m>", true},
    {"<m xmlns:p='a|b'/>", true},
    {"<m><x><y xmlns:p='a}b'/></x><z xmlns:p='u'/></m>", true},
    {"<m><x xmlns='u' xmlns:p='a&#10;b' xmlns:q='u'/></m>", true},
  };
  for (const auto& c : cases)
    EXPECT_EQ(only_child(c.xml).tag.obstacle,
              c.odd ? passage_obstacle::odd_namespace : passage_obstacle::none)
      << c.xml;
  for (size_t size = 1; size <= 40; ++size)
    for (size_t at = 0; at < size; ++at)
      for (const char separator : {'|', '}', 'x'}) {
        std::string name(size, 'x');
        name[at] = separator;
        EXPECT_EQ(only_child("<m xmlns='" + name + "'/>").tag.obstacle,
                  separator == 'x' ? passage_obstacle::none : passage_obstacle::odd_namespace)
          << name;
      }
  // A name of the header counts where a stanza inherits it.
  xml_scanner prefixed{{}};
  prefixed.next("<s xmlns='u' xmlns:p='a|b'>");
  xml_scanner by_default{{}};
  by_default.next("<c:s xmlns='a|b' xmlns:c='u'>");
  const auto seen = [](xml_scanner& scanner, std::string_view text) {
    std::vector<bool> odd;
    for (const auto& x : feed(scanner, text, in_one_piece()))
      odd.push_back(x.tag.obstacle == passage_obstacle::odd_namespace);
    return odd;
  };
  EXPECT_THAT(seen(prefixed, "<p:m/><m/><m><x p:a=''/></m><m><x xmlns:p='u' p:a=''/></m>"),
              ElementsAre(true, false, true, false));
  EXPECT_THAT(seen(by_default, "<c:m/><c:m xmlns='u'/><c:m/>"), ElementsAre(true, false, true));
}

TEST(XmlScanner, reports_a_wrong_encoding_instead_of_the_faults_that_it_causes) {
  EXPECT_THAT(children("<a>caf\xE9</b>"), EndsIn(stream_error::unsupported_encoding));
  EXPECT_THAT(children("<a>caf\xC3\xA9</b>"), EndsIn(stream_error::not_well_formed));
}

} // namespace
} // namespace fedhub::test
