// The data path allocates nothing for a stanza after the first ones.
#include <gtest/gtest.h>

#include "protocol/xml/xml_scanner.hpp"
#include "tests/unit/protocol/xml/allocation_count.hpp"

namespace fedhub::test {
namespace {

TEST(XmlScanner, allocates_nothing_per_stanza) {
  constexpr std::string_view stanzas[] = {
    "<message from='romeo@a.example/o' to='juliet@b.example' id='1' type='chat' xml:lang='en'>"
    "<body>Schön &amp; gut</body><active xmlns='http://jabber.org/protocol/chatstates'/></message>",
    "<message xmlns='jabber:server' xmlns:p='urn:example:a-name-that-fits-no-small-string'>"
    "<p:x p:y='1' z='2'><![CDATA[x]]></p:x><db:w/></message>",
    "<iq a='' b='' c='' d='' e='' f='' g='' h='' i='' j='' k='' l='' m='' n='' o='' p='' q=''/>",
  };
  xml_scanner scanner{{}};
  ASSERT_EQ(scanner.next("<s xmlns='jabber:server' xmlns:db='u'>").status, scan_status::header);
  const auto scan_all = [&] {
    for (const std::string_view stanza : stanzas) {
      ASSERT_EQ(scanner.next(stanza.substr(0, stanza.size() / 2)).status, scan_status::need_more);
      ASSERT_EQ(scanner.next(stanza).status, scan_status::element);
      ASSERT_FALSE(scanner.namespace_uri().empty());
    }
  };
  scan_all();
  const size_t before = allocations();
  scan_all();
  EXPECT_EQ(allocations(), before);
  EXPECT_GT(before, 0u);
}

TEST(XmlScanner, keeps_no_memory_for_tags_while_it_rests) {
  constexpr std::string_view header = "<s xmlns='jabber:server' xmlns:db='u'>";
  constexpr std::string_view stanza = "<iq a='' b='' c='' d='' e='' f=''><db:w db:x=''/></iq>";
  const size_t before = held_allocations();
  xml_scanner scanner{{}};
  ASSERT_EQ(scanner.next(header).status, scan_status::header);
  scanner.free_memory();
  const size_t resting = held_allocations();
  ASSERT_EQ(scanner.next(stanza).status, scan_status::element);
  EXPECT_GT(held_allocations(), resting);
  scanner.free_memory();
  EXPECT_EQ(held_allocations(), resting);
  EXPECT_GT(resting, before); // the header's bindings stay
  ASSERT_EQ(scanner.next(stanza).status, scan_status::element);
}

TEST(XmlScanner, does_not_rest_within_a_stanza) {
  constexpr std::string_view stanza = "<iq a='' b=''><db:w db:x=''/></iq>";
  xml_scanner scanner{{}};
  ASSERT_EQ(scanner.next("<s xmlns='jabber:server' xmlns:db='u'>").status, scan_status::header);
  for (size_t size = 1; size < stanza.size(); ++size) {
    ASSERT_EQ(scanner.next(stanza.substr(0, size)).status, scan_status::need_more) << size;
    scanner.free_memory();
  }
  EXPECT_EQ(scanner.next(stanza).status, scan_status::element);
}

} // namespace
} // namespace fedhub::test
