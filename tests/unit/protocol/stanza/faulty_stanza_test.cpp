#include "protocol/stanza/faulty_stanza.hpp"

#include <gtest/gtest.h>

#include "protocol/xml/tag_digest.hpp"

namespace fedhub {
namespace {

/// Returns the scanner's tag of a stanza in the default namespace.
start_tag tag_of(std::string_view stanza) {
  xml_scanner scanner{{}};
  const std::string stream = "<s xmlns='u' xmlns:p='u'>" + std::string{stanza};
  const auto header = scanner.next(stream);
  scanner.next(std::string_view{stream}.substr(header.skip + header.length));
  return scanner.tag();
}

TEST(FaultyStanza, has_a_stand_in_between_addresses_that_can_be_answered) {
  struct row {
    std::string_view stanza;
    stated_addresses stated;
    const char* expected;
  };
  for (const row& x : {
         row{"<iq from='a b@c' to='d' id='1' type='get'><x/></iq>",
             {"c", ""},
             "<iq from='c' to='d' id='1' type='get'/>"},
         row{"<iq from='a@c' to='@d' id=\"it's\"/>",
             {"", "d"},
             "<iq from='a@c' to='d' id=\"it's\"/>"},
         row{"<p:message xmlns='w'/>", {"c", ""}, "<message from='c'/>"},
         row{"<message to='&lt;'/>", {"", ""}, "<message to='&lt;'/>"},
       })
    EXPECT_EQ(make_stand_in(x.stanza, tag_of(x.stanza), x.stated), x.expected);
}

TEST(FaultyStanza, gets_the_address_it_lacks_and_keeps_all_else) {
  for (const auto& [stanza, expected] :
       std::initializer_list<std::pair<std::string_view, std::string_view>>{
         {"<iq to='d'/>", "<iq to='d' from='c'/>"},
         {"<iq  to='d'  ><x/></iq>", "<iq  to='d'   from='c'><x/></iq>"},
         {"<iq/>", "<iq from='c'/>"},
         {"<iq a='/>'>x</iq>", "<iq a='/>' from='c'>x</iq>"},
       }) {
    auto tag = tag_of(stanza);
    const auto xml = add_from(stanza, tag, "c");
    EXPECT_EQ(xml, expected);
    const auto again = tag_of(xml);
    EXPECT_EQ(tag.end, again.end);
    EXPECT_EQ(tag.from.of(xml), "c");
    EXPECT_EQ(tag.to.begin, again.to.begin);
    EXPECT_EQ(tag.empty, again.empty);
  }
}

} // namespace
} // namespace fedhub
