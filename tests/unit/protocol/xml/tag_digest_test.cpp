#include "protocol/xml/tag_digest.hpp"

#include <gtest/gtest.h>

#include "tests/unit/protocol/xml/xml_scanner_feed.hpp"

namespace fedhub {
namespace {

constexpr std::string_view header =
  "<s:stream xmlns='jabber:server' xmlns:s='http://etherx.jabber.org/streams' "
  "xmlns:db='jabber:server:dialback'>";

constexpr const char* stanzas[] = {
  "<message/>",
  "<message to='a' from='b' id='c' type='d'/>",
  "<message\n to = \"a'b\"\tfrom='a\"b' >x</message>",
  "<message to='' from=''><body to='no'/></message>",
  "<iq xml:lang='en' type='get' xmlns='jabber:server'/>",
  "<p:iq xmlns:p='jabber:server' to='&#13;&lt;'></p:iq>",
  "<db:result to='a' from='b'>key</db:result>",
  "<db:result xmlns:db='u' to='a'/>",
  "<message xmlns:to='u' to:to='no' to='yes' a:b='c' xmlns:a='v'/>",
  "<message><s:x db:y='z'/></message>",
  "<xml:message to='>'/>",
  "<ab to='/>' id='='/>",
};

test::scanned only_child(const char* stanza) {
  xml_scanner scanner{{}};
  auto all = test::feed(scanner, std::string{header} + stanza, test::in_one_piece());
  EXPECT_EQ(all.size(), 2u) << stanza;
  return all.at(1);
}

TEST(TagDigest, gives_the_scanners_tag_again) {
  for (const auto* stanza : stanzas) {
    auto result = only_child(stanza);
    ASSERT_EQ(result.status, scan_status::element) << stanza;
    const auto seen = test::describe(result);
    result.tag = restore_tag(result.text, tag_digest{result.tag});
    EXPECT_EQ(test::describe(result), seen);
  }
}

TEST(TagDigest, knows_the_raw_value_of_to) {
  for (const auto* stanza : stanzas) {
    const auto result = only_child(stanza);
    EXPECT_EQ(tag_digest{result.tag}.to_of(result.text), result.part(result.tag.to)) << stanza;
  }
}

} // namespace
} // namespace fedhub
