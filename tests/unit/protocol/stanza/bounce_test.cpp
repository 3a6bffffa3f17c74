#include "protocol/stanza/bounce.hpp"

#include <gtest/gtest.h>

namespace fedhub::test {
namespace {

/// Returns the bounce of a stanza that the scanner accepts.
std::string bounce(std::string_view stanza, stanza_error condition = stanza_error::gone,
                   std::string_view text = {}) {
  xml_scanner scanner{{}};
  scanner.next("<s xmlns='jabber:server' xmlns:c='jabber:server'>");
  EXPECT_EQ(scanner.next(stanza).status, scan_status::element) << stanza;
  return make_bounce(stanza, scanner.tag(), condition, text);
}

constexpr std::string_view gone =
  " type='error'><error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";

TEST(Bounce, answers_neither_errors_nor_results) {
  const struct {
    stanza_kind kind;
    const char* type;
    bool answered;
  } cases[] = {
    {stanza_kind::message, "", true},        {stanza_kind::message, "chat", true},
    {stanza_kind::message, "error", false},  {stanza_kind::message, "result", true},
    {stanza_kind::presence, "", true},       {stanza_kind::presence, "subscribe", true},
    {stanza_kind::presence, "error", false}, {stanza_kind::iq, "get", true},
    {stanza_kind::iq, "set", true},          {stanza_kind::iq, "result", false},
    {stanza_kind::iq, "error", false},       {stanza_kind::message, "err&#111;r", false},
    {stanza_kind::iq, "r&#x65;sult", false}, {stanza_kind::none, "", false},
  };
  for (const auto& c : cases)
    EXPECT_EQ(may_bounce(c.kind, c.type), c.answered) << to_string(c.kind) << ' ' << c.type;
}

TEST(Bounce, bounces_with_addresses_swapped_and_the_id_kept) {
  const std::string tail{gone};
  EXPECT_EQ(bounce("<message from='a@x/r' to='b@y' id='7' type='chat'><body>hi</body></message>"),
            "<message from='b@y' to='a@x/r' id='7'" + tail + "</message>");
  EXPECT_EQ(bounce("<presence to='b@y'/>"), "<presence from='b@y'" + tail + "</presence>");
  EXPECT_EQ(bounce("<c:iq xmlns:c='jabber:server' id=''/>"), "<iq id=''" + tail + "</iq>");
}

TEST(Bounce, keeps_raw_values_in_quotes_that_they_do_not_contain) {
  const std::string tail{gone};
  EXPECT_EQ(bounce("<iq from=\"o'hara@x\" to='say\"so@y' id='&quot;&apos;&amp;'/>"),
            "<iq from='say\"so@y' to=\"o'hara@x\" id='&quot;&apos;&amp;'" + tail + "</iq>");
}

TEST(Bounce, says_in_words_what_failed) {
  EXPECT_EQ(bounce("<iq id='1'/>", stanza_error::remote_server_timeout, "SRV <timeout> & more"),
            "<iq id='1' type='error'><error type='wait'>"
            "<remote-server-timeout xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
            "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas' xml:lang='en'>"
            "SRV &lt;timeout&gt; &amp; more</text></error></iq>");
}

TEST(Bounce, makes_bounces_that_are_never_bounced_again) {
  const std::string answer = bounce("<message from='a' to=\"b'c\" type='x'>y</message>");
  xml_scanner scanner{{}};
  scanner.next("<s xmlns='jabber:server'>");
  ASSERT_EQ(scanner.next(answer).length, answer.size());
  EXPECT_EQ(scanner.tag().from.of(answer), "b'c");
  EXPECT_FALSE(may_bounce(stanza_kind::message, scanner.tag().type.of(answer)));
}

} // namespace
} // namespace fedhub::test
