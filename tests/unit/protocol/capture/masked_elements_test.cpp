#include "protocol/capture/masked_elements.hpp"

#include <gmock/gmock.h>

namespace fedhub {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct masked_row {
  const char* about;
  std::string_view octets;
  std::vector<std::string> lengths;
  std::vector<std::string> bodies;
};

TEST(MaskedElements, have_the_length_in_place_of_the_content) {
  const masked_row table[] = {
    {"a message",
     "<message from='a@b.example' to='c.example' xml:lang='en'><body>secret</body></message>",
     {"<message from='a@b.example' to='c.example' xml:lang='[2 octets]'><body>[6 octets]</body>"
      "</message>"},
     {"<message from='a@b.example' to='c.example' xml:lang='en'><body>secret</body></message>"}},
    {"attributes that stay, in either kind of quotes",
     R"(<iq type="get" id = 'i' xmlns='jabber:server' xmlns:p="u"><q node='n' var="v" category='c' p:from='x' ver=''/></iq>)",
     {R"(<iq type="get" id = 'i' xmlns='jabber:server' xmlns:p="u"><q node='n' var="v" category='c' p:from='[1 octets]' ver='[0 octets]'/></iq>)"},
     {R"(<iq type="get" id = 'i' xmlns='jabber:server' xmlns:p="u"><q node='n' var="v" category='c' p:from='x' ver=''/></iq>)"}},
    {"a sign of the end in a value",
     "<iq a='>/>' to='x>'><b c='<'/></iq>",
     {"<iq a='[3 octets]' to='x>'><b c='[1 octets]'/></iq>"},
     {"<iq a='>/>' to='x>'><b c='<'/></iq>"}},
    {"CDATA and references, which are one text",
     "<message><body>a&amp;b<![CDATA[</body>x]]>c</body></message>",
     {"<message><body>[16 octets]</body></message>"},
     {"<message><body>a&amp;b<![CDATA[</body>x]]>c</body></message>"}},
    {"white space between elements",
     "<message>\n <body> </body>\n</message >",
     {"<message>\n <body> </body>\n</message>"},
     {"<message>\n <body> </body>\n</message>"}},
    {"texts around children",
     "<message>one<b>two</b>three</message>",
     {"<message>[3 octets]<b>[3 octets]</b>[5 octets]</message>"},
     {"<message>one<b>two</b>three</message>"}},
    {"a header, features and the stream's end",
     "<?xml version='1.0' encoding='utf-8'?><stream:stream from='a' version='1.0'> "
     "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>EXTERNAL"
     "</mechanism></mechanisms></stream:features>\n</stream:stream>",
     {"<?xml version='1.0'?><stream:stream from='a' version='[3 octets]'>",
      "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>[8 octets]"
      "</mechanism></mechanisms></stream:features>",
      "</stream:stream>"},
     {"<?xml version='1.0'?><stream:stream from='a' version='1.0'>",
      "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>EXTERNAL"
      "</mechanism></mechanisms></stream:features>",
      "</stream:stream>"}},
    {"SASL, dialback and handshake: always",
     "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGE=</auth>"
     "<challenge>cg==</challenge><response>cg==</response><success>djY=</success>"
     "<db:result from='a' to='b'>0123</db:result><db:verify id='i'>4567</db:verify>"
     "<handshake>aaee</handshake><x:handshake xmlns:x='u'><![CDATA[aaee]]></x:handshake>",
     {"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='[5 octets]'>[4 octets]</auth>",
      "<challenge>[4 octets]</challenge>", "<response>[4 octets]</response>",
      "<success>[4 octets]</success>", "<db:result from='a' to='b'>[4 octets]</db:result>",
      "<db:verify id='i'>[4 octets]</db:verify>", "<handshake>[4 octets]</handshake>",
      "<x:handshake xmlns:x='u'>[4 octets]</x:handshake>"},
     {"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>[4 octets]</auth>",
      "<challenge>[4 octets]</challenge>", "<response>[4 octets]</response>",
      "<success>[4 octets]</success>", "<db:result from='a' to='b'>[4 octets]</db:result>",
      "<db:verify id='i'>[4 octets]</db:verify>", "<handshake>[4 octets]</handshake>",
      "<x:handshake xmlns:x='u'>[4 octets]</x:handshake>"}},
    {"what resumes a session: always",
     "<enabled xmlns='urn:xmpp:sm:3' id='s3cret' resume='true'/><resume h='1' previd='s3cret'/>",
     {"<enabled xmlns='urn:xmpp:sm:3' id='[6 octets]' resume='[4 octets]'/>",
      "<resume h='[1 octets]' previd='[6 octets]'/>"},
     {"<enabled xmlns='urn:xmpp:sm:3' id='[6 octets]' resume='true'/>",
      "<resume h='1' previd='[6 octets]'/>"}},
    {"white space alone", " \r\n\t", {}, {}},
    {"nothing", "", {}, {}},
  };
  for (const auto& row : table) {
    EXPECT_EQ(mask_elements(row.octets, capture_detail::lengths), row.lengths) << row.about;
    EXPECT_EQ(mask_elements(row.octets, capture_detail::bodies), row.bodies) << row.about;
  }
}

TEST(MaskedElements, end_at_a_fault) {
  for (const std::string_view bad : {"text",
                                     "<",
                                     "<a",
                                     "<a b",
                                     "<a b=",
                                     "<a b='",
                                     "<a b='c",
                                     "<a b=c>",
                                     "<a>",
                                     "<a>secret",
                                     "<a><![CDATA[secret",
                                     "<a><!-- secret --></a>",
                                     "<a><?secret?></a>",
                                     "<?xml",
                                     "<!DOCTYPE a>",
                                     "</",
                                     "</a b='c'>",
                                     "</a",
                                     "<a></a b>",
                                     "< a/>",
                                     "<>"})
    for (const auto detail : {capture_detail::lengths, capture_detail::bodies}) {
      EXPECT_THAT(mask_elements(bad, detail), IsEmpty()) << bad;
      EXPECT_THAT(mask_elements("<r/>" + std::string{bad}, detail), ElementsAre("<r/>")) << bad;
    }
}

TEST(MaskedElements, take_linear_time) {
  std::string deep;
  for (int i = 0; i < 200'000; ++i)
    deep += "<a b='c'>x";
  EXPECT_THAT(mask_elements(deep, capture_detail::lengths), IsEmpty());
}

TEST(ElementNames, are_those_of_the_first_start_tag) {
  const auto names = names_of_element("<?xml version='1.0'?><stream:stream to='b' x='from' "
                                      "from=\"a\"><message from='c'/>");
  EXPECT_EQ(names.name, "stream");
  EXPECT_EQ(names.from, "a");
  EXPECT_EQ(names.to, "b");
  EXPECT_EQ(names_of_element("<iq/>").name, "iq");
  for (const std::string_view none : {"", " ", "</stream:stream>", "<?xml", "text"})
    EXPECT_EQ(names_of_element(none).name, "") << none;
}

} // namespace
} // namespace fedhub
