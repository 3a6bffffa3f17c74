#include <gmock/gmock.h>
#include <set>

#include "protocol/events/stream_action.hpp"
#include "protocol/events/stream_security.hpp"
#include "tests/unit/protocol/stream/outgoing_scene.hpp"

namespace fedhub {
namespace {

using namespace testing::outgoing;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

std::string sasl(std::string_view name, std::string_view rest = "/>") {
  return "<" + std::string{name} + " xmlns='urn:ietf:params:xml:ns:xmpp-sasl'" + std::string{rest};
}

std::string features(std::string_view inside) {
  return "<stream:features>" + std::string{inside} + "</stream:features>";
}

const std::string offer = external_offer_xml();
const std::string dialback_feature =
  "<dialback xmlns='urn:xmpp:features:dialback'><errors/></dialback>";
const std::string auth_sent =
  "send " + sasl("auth", " mechanism='EXTERNAL'>c2VuZGVyLmV4YW1wbGU=</auth>");
constexpr std::string_view secure_header_without_dialback =
  "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' id='id-2' "
  "version='1.0'>";
constexpr std::string_view last_header =
  "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' id='id-3' "
  "version='1.0'>";

class OutgoingExternal : public OutgoingStream {
protected:
  OutgoingExternal() { restart(true); }

  void restart(bool external, stream_security security = stream_security::tls_required) {
    stream = outgoing_stream{
      {.sender = pair.from, .target = pair.to, .security = security, .external = external}, keys};
  }
  /// Plays a stream up to the features on TLS. @returns the answer to them.
  lines secures(std::string_view on_tls, std::string_view header_on_tls = secure_header) {
    starts();
    sends(header);
    sends(starttls);
    sends(proceed);
    peer.run(stream.on_tls_established());
    sends(header_on_tls);
    return sends(on_tls);
  }
  void succeeds() {
    secures(features(offer + dialback_feature));
    sends(sasl("success"));
    sends(last_header);
  }
};

TEST_F(OutgoingExternal, proves_its_sender_domain_and_needs_no_key) {
  peer.run(stream.authenticate(pair));
  EXPECT_THAT(secures(features(offer + dialback_feature)), ElementsAre(auth_sent, "sent auth"));
  EXPECT_EQ(stream.state(), phase::await_sasl);
  EXPECT_THAT(
    sends(sasl("success")),
    ElementsAre("saw success", "restart",
                AllOf(StartsWith("send <?xml version='1.0'?><stream:stream "),
                      HasSubstr(" from='sender.example'"), HasSubstr(" to='target.example'"))));
  EXPECT_EQ(stream.stream_id(), "");
  EXPECT_THAT(sends(last_header), IsEmpty());
  EXPECT_FALSE(stream.authorised(pair)) << "not before the features";
  EXPECT_THAT(sends(features(dialback_feature)),
              ElementsAre("ready", "authorised sender.example>target.example by external"));
  EXPECT_TRUE(stream.authorised(pair));
  EXPECT_FALSE(stream.busy());
  EXPECT_EQ(stream.stream_id(), "id-3");
}

TEST_F(OutgoingExternal, answers_once_whoever_asks_for_the_pair_later) {
  succeeds();
  EXPECT_THAT(sends(features(dialback_feature)), ElementsAre("ready"));
  EXPECT_TRUE(stream.authorised(pair));
  EXPECT_THAT(peer.run(stream.authenticate(pair)),
              ElementsAre("authorised sender.example>target.example by external"));
  EXPECT_THAT(peer.run(stream.authenticate(pair)), IsEmpty());
}

TEST_F(OutgoingExternal, brings_further_sender_domains_by_dialback) {
  peer.run(stream.authenticate(other_pair));
  succeeds();
  EXPECT_THAT(sends(features(dialback_feature)),
              ElementsAre("ready",
                          "send <db:result from='other.example' to='target.example'>"
                            + keys.make(other_pair, "id-3") + "</db:result>",
                          "sent key other.example>target.example"));
  EXPECT_TRUE(stream.dialback_errors());
}

TEST_F(OutgoingExternal, refuses_what_needs_dialback_if_the_peer_has_none) {
  const verify_key question{{domain("target.example"), domain("here.example")}, "in-7", "abc"};
  const auto refused = "refused other.example>target.example dialback-not-offered";
  const auto answered = "answered target.example>here.example in-7 error";
  peer.run(stream.authenticate(other_pair));
  peer.run(stream.verify(question));
  succeeds();
  EXPECT_THAT(sends(features("")), ElementsAre("ready", StartsWith(refused), StartsWith(answered)));
  EXPECT_FALSE(stream.busy());
  EXPECT_THAT(peer.run(stream.authenticate(other_pair)), ElementsAre(StartsWith(refused)));
  EXPECT_THAT(peer.run(stream.verify(question)), ElementsAre(StartsWith(answered)));
  EXPECT_THAT(peer.run(stream.authenticate(pair)), ElementsAre(StartsWith("authorised ")));
}

TEST_F(OutgoingExternal, is_tried_only_on_tls_with_a_certificate_where_it_is_offered) {
  struct row {
    const char* name;
    bool external;
    bool tls;
    std::string features;
    const char* outcome;
  };
  const row rows[] = {
    {"all of it", true, true, features(offer + dialback_feature), "sent auth"},
    {"no dialback beside it", true, true, features(offer), "sent auth"},
    {"no certificate", false, true, features(offer + dialback_feature), "ready"},
    {"no certificate and no dialback", false, true, features(offer),
     "close none dialback-not-offered"},
    {"not offered", true, true, features(dialback_feature), "ready"},
    {"another mechanism", true, true,
     features(sasl("mechanisms", "><mechanism>PLAIN</mechanism></mechanisms>") + dialback_feature),
     "ready"},
    {"in clear text", true, false, features(offer + dialback_feature), "ready"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    outgoing_stream machine{{.sender = pair.from,
                             .target = pair.to,
                             .security = stream_security::tls_optional,
                             .external = row.external},
                            keys};
    testing::stream_driver<outgoing_stream> driver{machine};
    driver.run(machine.start());
    if (row.tls) {
      driver.receive(header);
      driver.receive(starttls);
      driver.receive(proceed);
      driver.run(machine.on_tls_established());
    }
    driver.receive(secure_header_without_dialback);
    EXPECT_THAT(driver.receive(row.features).back(), StartsWith(row.outcome));
    EXPECT_EQ(driver.violation(), "");
  }
}

TEST_F(OutgoingExternal, goes_on_by_dialback_after_any_failure) {
  std::vector<std::string> conditions{"no-such-condition"};
  for (size_t i = 0; i < sasl_failure_count; ++i)
    conditions.emplace_back(to_string(static_cast<sasl_failure>(i)));
  for (const auto& condition : conditions) {
    SCOPED_TRACE(condition);
    const auto failure = sasl("failure", "><" + condition + "/></failure>");
    const auto seen =
      "saw failure " + std::string{to_string(parse_sasl_failure(condition))} + " " + condition;
    restart(true);
    peer.renew();
    peer.run(stream.authenticate(pair));
    secures(features(offer + dialback_feature));
    EXPECT_THAT(sends(failure), ElementsAre(seen, "ready",
                                            StartsWith("send <db:result from='sender.example' "
                                                       "to='target.example'>"
                                                       + keys.make(pair, "id-2")),
                                            "sent key sender.example>target.example"));
    EXPECT_THAT(sends("<db:result from='target.example' to='sender.example' type='valid'/>").back(),
                "authorised sender.example>target.example");

    restart(true);
    peer.renew();
    secures(features(offer), secure_header_without_dialback);
    EXPECT_THAT(sends(failure), ElementsAre(seen, "send </stream:stream>",
                                            "close none external-refused " + condition));
  }
}

TEST_F(OutgoingExternal, takes_dialback_from_the_header_after_a_failure) {
  secures(features(offer), secure_header);
  EXPECT_THAT(sends(sasl("failure")), ElementsAre(StartsWith("saw failure "), "ready"));
}

TEST_F(OutgoingExternal, blames_the_refusal_if_the_peer_ends_the_stream_with_it) {
  struct row {
    const char* name;
    lines after; ///< the failure.
    const char* outcome;
  };
  const std::string reset =
    "<stream:error><reset xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>";
  const std::string error = "<db:result from='target.example' to='sender.example' type='error'/>";
  for (const row& line : {
         row{
           "footer", {"</stream:stream>"}, "close none external-refused not-authorized: no; then "},
         row{"stream error", {reset}, "close none external-refused not-authorized: no; then reset"},
         row{"after an answer", {error, "</stream:stream>"}, "close none stream-closed"},
         row{"after an answer, stream error", {error, reset}, "close none stream-refused reset"},
       }) {
    SCOPED_TRACE(line.name);
    restart(true);
    peer.renew();
    peer.run(stream.authenticate(pair));
    secures(features(offer + dialback_feature));
    sends(sasl("failure", "><not-authorized/><text>no</text></failure>"));
    lines heard;
    for (const auto& xml : line.after)
      heard = sends(xml);
    EXPECT_THAT(heard.back(), StartsWith(line.outcome));
  }
}

TEST_F(OutgoingExternal, answers_a_challenge_that_asks_nothing_and_gives_up_on_any_other) {
  secures(features(offer + dialback_feature));
  EXPECT_THAT(sends(sasl("challenge")),
              ElementsAre("saw challenge",
                          "send " + sasl("response", ">c2VuZGVyLmV4YW1wbGU=</response>"),
                          "sent response"));
  EXPECT_THAT(sends(sasl("challenge", ">cmVhbG0=</challenge>")),
              ElementsAre("saw challenge", "send " + sasl("abort"), "sent abort"));
  EXPECT_THAT(sends(sasl("failure", "><aborted/></failure>")),
              ElementsAre("saw failure aborted aborted", "ready"));
}

TEST_F(OutgoingExternal, ends_on_what_has_no_place_in_the_exchange) {
  const lines asked{};
  const lines succeeded{sasl("success")};
  const lines restarted{sasl("success"), std::string{last_header}};
  const lines ready{sasl("success"), std::string{last_header}, features("")};
  struct row {
    const char* name;
    lines way;
    std::string xml;
    const char* outcome;
  };
  for (const row& line : {
         row{"features instead of an answer", asked, features(offer), "close policy-violation"},
         row{"a request", asked, sasl("auth"), "close policy-violation"},
         row{"dialback", asked,
             "<db:result from='target.example' to='sender.example' "
             "type='valid'/>",
             "close policy-violation"},
         row{"a stanza", asked, "<message/>", "close not-authorized"},
         row{"no header after success", succeeded, features(""), "close "},
         row{"success twice", restarted, sasl("success"), "close policy-violation"},
         row{"success when ready", ready, sasl("success"), "close unsupported-stanza-type"},
         row{"the end", asked, "</stream:stream>",
             "close none stream-closed no answer to EXTERNAL; "},
         row{"an error", asked,
             "<stream:error><not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
             "</stream:error>",
             "close none stream-refused no answer to EXTERNAL; not-authorized"},
         row{"the end after success", restarted, "</stream:stream>", "close none stream-closed"},
       }) {
    SCOPED_TRACE(line.name);
    restart(true);
    peer.renew();
    secures(features(offer + dialback_feature));
    for (const auto& xml : line.way)
      sends(xml);
    EXPECT_THAT(sends(line.xml).back(), StartsWith(line.outcome));
  }
}

TEST_F(OutgoingExternal, ignores_unknown_elements_up_to_a_limit) {
  const lines asked{};
  const lines restarted{sasl("success"), std::string{last_header}};
  const lines ready{sasl("success"), std::string{last_header}, features("")};
  for (const auto& way : {asked, restarted, ready}) {
    restart(true);
    peer.renew();
    secures(features(offer + dialback_feature));
    for (const auto& xml : way)
      sends(xml);
    SCOPED_TRACE(to_string(stream.state()));
    for (int i = 0; i < unknown_elements::most; ++i)
      ASSERT_THAT(sends(i % 2 == 0 ? "<success/>" : "<x xmlns='urn:x'/>"), IsEmpty());
    EXPECT_THAT(sends("<x xmlns='urn:x'/>").back(), StartsWith("close "));
  }
}

/// In every phase an element that the machine would read ends the stream.
TEST_F(OutgoingExternal, reads_nothing_in_an_element_past_a_limit) {
  const lines asked{};
  const lines restarted{sasl("success"), std::string{last_header}};
  const lines ready{sasl("success"), std::string{last_header}, features("")};
  const std::string_view read[] = {
    "<stream:features%>",
    "<stream:error%>",
    "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'%>",
    "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'%>",
    "<db:result xmlns:db='jabber:server:dialback' type='valid'%>",
    "<a xmlns='urn:xmpp:sm:3'%>",
  };
  for (const auto& way : {asked, restarted, ready}) {
    const auto begin = [&] {
      peer.limit({});
      restart(true);
      peer.renew();
      secures(features(offer + dialback_feature));
      for (const auto& xml : way)
        sends(xml);
      peer.limit({.attributes = 4, .frames_excess = true});
    };
    const auto sends_crowded = [&](std::string_view form) {
      std::string xml{form};
      return sends(xml.replace(xml.find('%'), 1, " a='' b='' c='' d='' e=''/"));
    };
    for (const auto form : read) {
      begin();
      SCOPED_TRACE(std::string{form} + " in phase " + std::string{to_string(stream.state())});
      EXPECT_THAT(sends_crowded(form).back(),
                  StartsWith("close policy-violation stream-invalid too many attributes"));
      EXPECT_THAT(peer.run(stream.on_excess({"nonza", "urn:x"})), IsEmpty());
    }
    begin();
    for (int i = 0; i < unknown_elements::most; ++i)
      ASSERT_THAT(sends_crowded("<x xmlns='urn:x'%>"), IsEmpty());
    EXPECT_THAT(sends_crowded("<x xmlns='urn:x'%>").back(), StartsWith("close policy-violation"));
  }
}

TEST_F(OutgoingExternal, ends_if_octets_follow_success) {
  for (auto more : std::initializer_list<std::string_view>{" ", "\n", "<", last_header}) {
    SCOPED_TRACE(std::string{more});
    restart(true);
    peer.renew();
    secures(features(offer + dialback_feature));
    EXPECT_THAT(sends(sasl("success") + std::string{more}),
                ElementsAre("saw success", StartsWith("send <stream:error><policy-violation"),
                            StartsWith("close policy-violation stream-invalid octets after")));
  }
}

TEST_F(OutgoingExternal, says_its_last_words_on_the_stream_after_success) {
  secures(features(offer));
  sends(sasl("success"));
  EXPECT_THAT(peer.run(stream.fail(stream_error::connection_timeout, failure::stream_timeout, "")),
              ElementsAre(HasSubstr("<connection-timeout "), StartsWith("close ")));
}

} // namespace
} // namespace fedhub
