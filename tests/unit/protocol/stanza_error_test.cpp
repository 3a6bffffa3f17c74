#include "protocol/stanza_error.hpp"

#include <gtest/gtest.h>

#include <set>

namespace fedhub::test {
namespace {

/// The bounce of a stanza that a scanner took.
std::string bounce(std::string_view stanza, stanza_error condition = stanza_error::gone,
                   std::string_view text = {}) {
  xml_scanner scanner{{}};
  scanner.next("<s xmlns='jabber:server' xmlns:c='jabber:server'>");
  EXPECT_EQ(scanner.next(stanza).status, scan_status::element) << stanza;
  return make_bounce(stanza, scanner.tag(), condition, text);
}

constexpr std::string_view gone =
  " type='error'><error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";

TEST(StanzaError, has_the_name_and_type_of_the_rfc) {
  const struct {
    stanza_error condition;
    const char* name;
    const char* type;
  } cases[] = {
    {stanza_error::bad_request, "bad-request", "modify"},
    {stanza_error::forbidden, "forbidden", "auth"},
    {stanza_error::gone, "gone", "cancel"},
    {stanza_error::internal_server_error, "internal-server-error", "cancel"},
    {stanza_error::item_not_found, "item-not-found", "cancel"},
    {stanza_error::jid_malformed, "jid-malformed", "modify"},
    {stanza_error::not_acceptable, "not-acceptable", "modify"},
    {stanza_error::not_allowed, "not-allowed", "cancel"},
    {stanza_error::not_authorized, "not-authorized", "auth"},
    {stanza_error::policy_violation, "policy-violation", "modify"},
    {stanza_error::recipient_unavailable, "recipient-unavailable", "wait"},
    {stanza_error::remote_server_not_found, "remote-server-not-found", "cancel"},
    {stanza_error::remote_server_timeout, "remote-server-timeout", "wait"},
    {stanza_error::resource_constraint, "resource-constraint", "wait"},
    {stanza_error::service_unavailable, "service-unavailable", "cancel"},
    {stanza_error::undefined_condition, "undefined-condition", "cancel"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(to_string(c.condition), c.name);
    EXPECT_EQ(error_type(c.condition), c.type) << c.name;
  }
}

TEST(StanzaError, knows_stanzas_by_their_names) {
  for (auto x : {stanza_kind::message, stanza_kind::presence, stanza_kind::iq})
    EXPECT_EQ(parse_stanza_kind(to_string(x)), x);
  for (const char* name : {"", "Message", "iqs", "none", "features"})
    EXPECT_EQ(parse_stanza_kind(name), stanza_kind::none) << name;
}

TEST(StanzaError, answers_neither_errors_nor_results) {
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

TEST(StanzaError, bounces_with_addresses_swapped_and_the_id_kept) {
  const std::string tail{gone};
  EXPECT_EQ(bounce("<message from='a@x/r' to='b@y' id='7' type='chat'><body>hi</body></message>"),
            "<message from='b@y' to='a@x/r' id='7'" + tail + "</message>");
  EXPECT_EQ(bounce("<presence to='b@y'/>"), "<presence from='b@y'" + tail + "</presence>");
  EXPECT_EQ(bounce("<c:iq xmlns:c='jabber:server' id=''/>"), "<iq id=''" + tail + "</iq>");
}

TEST(StanzaError, keeps_raw_values_in_quotes_that_they_do_not_contain) {
  const std::string tail{gone};
  EXPECT_EQ(bounce("<iq from=\"o'hara@x\" to='say\"so@y' id='&quot;&apos;&amp;'/>"),
            "<iq from='say\"so@y' to=\"o'hara@x\" id='&quot;&apos;&amp;'" + tail + "</iq>");
}

TEST(StanzaError, says_in_words_what_failed) {
  EXPECT_EQ(bounce("<iq id='1'/>", stanza_error::remote_server_timeout, "SRV <timeout> & more"),
            "<iq id='1' type='error'><error type='wait'>"
            "<remote-server-timeout xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
            "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas' xml:lang='en'>"
            "SRV &lt;timeout&gt; &amp; more</text></error></iq>");
}

TEST(StanzaError, bounces_with_what_may_not_be_bounced_again) {
  const std::string answer = bounce("<message from='a' to=\"b'c\" type='x'>y</message>");
  xml_scanner scanner{{}};
  scanner.next("<s xmlns='jabber:server'>");
  ASSERT_EQ(scanner.next(answer).length, answer.size());
  EXPECT_EQ(scanner.tag().from.of(answer), "b'c");
  EXPECT_FALSE(may_bounce(stanza_kind::message, scanner.tag().type.of(answer)));
}

} // namespace
} // namespace fedhub::test
