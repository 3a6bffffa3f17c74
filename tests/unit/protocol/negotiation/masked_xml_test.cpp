#include "protocol/negotiation/masked_xml.hpp"

#include <random>

#include <gtest/gtest.h>

namespace fedhub {
namespace {

struct shown {
  std::string xml;
  std::string expected;
};

class MaskedXml : public testing::TestWithParam<shown> {};

TEST_P(MaskedXml, shows_structure_and_no_secret) {
  EXPECT_EQ(mask_secrets(GetParam().xml), GetParam().expected);
}

const std::string key = "3cd726b4a1b2c3d4e5f60718293a4b5c6d7e8f90123456789abcdef012345678";

INSTANTIATE_TEST_SUITE_P(
  Elements, MaskedXml,
  testing::Values(
    shown{"", ""},
    shown{"<?xml version='1.0'?><stream:stream id='abc' to=\"a.example\" xmlns:db='jabber:x'>",
          "<?xml version='1.0'?><stream:stream id='abc' to=\"a.example\" xmlns:db='jabber:x'>"},
    shown{"</stream:stream>", "</stream:stream>"}, shown{" ", " "},
    shown{"<db:result from='a' to='b'>" + key + "</db:result>",
          "<db:result from='a' to='b'>3cd726…</db:result>"},
    shown{"<db:verify from='a' to='b' id='1'>" + key + "</db:verify>",
          "<db:verify from='a' to='b' id='1'>3cd726…</db:verify>"},
    shown{"<d:result xmlns:d='jabber:server:dialback'>" + key + "</d:result>",
          "<d:result xmlns:d='jabber:server:dialback'>3cd726…</d:result>"},
    shown{"<db:result from='a' to='b'>short</db:result>",
          "<db:result from='a' to='b'>…</db:result>"},
    shown{"<db:result type='valid'/>", "<db:result type='valid'/>"},
    shown{"<handshake>da39a3ee5e6b4b0d3255bfef95601890afd80709</handshake>",
          "<handshake>[40 octets]</handshake>"},
    shown{"<auth xmlns='urn:x' mechanism='EXTERNAL'>c2VjcmV0</auth>",
          "<auth xmlns='urn:x' mechanism='EXTERNAL'>[8 octets]</auth>"},
    shown{"<response>c2VjcmV0</response><success>eA==</success>",
          "<response>[8 octets]</response><success>[4 octets]</success>"},
    shown{"<anything else='>'>secret</anything>", "<anything else='>'>[6 octets]</anything>"},
    shown{"<a>1<b/>22<c>333</c>4444</a>55555",
          "<a>[1 octets]<b/>[2 octets]<c>[3 octets]</c>[4 octets]</a>[5 octets]"},
    shown{"<mechanisms><mechanism>EXTERNAL</mechanism></mechanisms>",
          "<mechanisms><mechanism>EXTERNAL</mechanism></mechanisms>"},
    shown{"<stream:error><conflict/><text xml:lang='en'>replaced</text></stream:error>",
          "<stream:error><conflict/><text xml:lang='en'>replaced</text></stream:error>"},
    shown{"<limits><max-bytes>1000</max-bytes></limits>",
          "<limits><max-bytes>1000</max-bytes></limits>"},
    shown{"<enabled xmlns='urn:xmpp:sm:3' id='s3cret' resume='true'/>",
          "<enabled xmlns='urn:xmpp:sm:3' id='[6 octets]' resume='true'/>"},
    shown{"<resume h='1' previd = \"s3cret\"/>", "<resume h='1' previd = \"[6 octets]\"/>"},
    shown{"<resumed h='1' previd='s3cret'/>", "<resumed h='1' previd='[6 octets]'/>"},
    shown{"<x><![CDATA[secret]]></x>", "<x>[18 octets]</x>"}, shown{"<half id='", "<half id='"}));

TEST(MaskedXmlOfAnyKind, takes_any_octets) {
  std::minstd_rand random{1};
  const std::string octets = "<>/='\" ab:?!\n";
  for (int i = 0; i < 20000; ++i) {
    std::string text;
    for (size_t n = random() % 24; n > 0; --n)
      text += octets[random() % octets.size()];
    mask_secrets(text); // must end, and read nothing beyond the text
  }
}

TEST(MaskedXmlOfAnyKind, shows_no_key_wherever_it_is_text) {
  for (std::string before : {"", "<a>", "<a><b/>", "<a></a>", "<a></b></c>", "</a>", "<db:verify>",
                             "<text></text>", "<mechanism/>"})
    EXPECT_EQ(mask_secrets(before + key + "</x>").find(key.substr(0, 10)), std::string::npos)
      << before;
}

} // namespace
} // namespace fedhub
