#include "protocol/outgoing_stream.hpp"

#include <gmock/gmock.h>

#include "tests/unit/protocol/stream_driver.hpp"

namespace fedhub {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;
using phase = outgoing_stream::phase;
using lines = std::vector<std::string>;

domain_name domain(std::string_view text) { return *domain_name::parse(text); }

const dialback_keys keys{"s3cr3tf0rd14lb4ck"};
const domain_pair pair{domain("sender.example"), domain("target.example")};
const domain_pair other_pair{domain("other.example"), domain("target.example")};

constexpr std::string_view header = "<?xml version='1.0'?><stream:stream xmlns='jabber:server' "
                                    "xmlns:stream='http://etherx.jabber.org/streams' "
                                    "xmlns:db='jabber:server:dialback' from='target.example' "
                                    "to='sender.example' id='id-1' version='1.0'>";
constexpr std::string_view secure_header =
  "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' "
  "xmlns:db='jabber:server:dialback' id='id-2' version='1.0'>";
constexpr std::string_view old_header =
  "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' "
  "xmlns:db='jabber:server:dialback' id='id-1'>";
constexpr std::string_view no_dialback_header =
  "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' id='id-1' "
  "version='1.0'>";

constexpr std::string_view starttls =
  "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>";
constexpr std::string_view starttls_required =
  "<stream:features><starttls "
  "xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></stream:features>";
constexpr std::string_view dialback =
  "<stream:features><dialback "
  "xmlns='urn:xmpp:features:dialback'><errors/></dialback></stream:features>";
constexpr std::string_view no_features = "<stream:features/>";
constexpr std::string_view proceed = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";

/// A receiving server opposite to the machine.
class OutgoingStream : public ::testing::Test {
protected:
  explicit OutgoingStream(stream_security security = stream_security::tls_optional)
    : stream{{pair.from, pair.to, security}, keys} {}

  void use(stream_security security) {
    stream = outgoing_stream{{pair.from, pair.to, security}, keys};
  }
  lines sends(std::string_view xml) { return peer.receive(xml); }
  lines starts() { return peer.run(stream.start()); }

  /// Brings the stream up without TLS.
  void make_ready() {
    starts();
    sends(header);
    ASSERT_THAT(sends(dialback), ElementsAre("ready"));
  }
  void TearDown() override { EXPECT_EQ(peer.violation(), ""); }

  outgoing_stream stream;
  testing::stream_driver<outgoing_stream> peer{stream};
};

TEST_F(OutgoingStream, greets_with_its_sender_and_target_domain) {
  EXPECT_THAT(starts(), ElementsAre(AllOf(
                          HasSubstr(" from='sender.example'"), HasSubstr(" to='target.example'"),
                          HasSubstr(" version='1.0'"), HasSubstr(" xmlns='jabber:server'"),
                          HasSubstr(" xmlns:db='jabber:server:dialback'"))));
  EXPECT_EQ(stream.state(), phase::await_header);
}

TEST_F(OutgoingStream, authenticates_over_tls) {
  use(stream_security::tls_required);
  EXPECT_THAT(peer.run(stream.authenticate(pair)), IsEmpty());
  starts();
  EXPECT_THAT(sends(header), IsEmpty());
  EXPECT_THAT(sends(starttls_required),
              ElementsAre("send <starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"));
  EXPECT_THAT(sends(proceed), ElementsAre("start tls"));
  EXPECT_THAT(peer.run(stream.on_tls_established()),
              ElementsAre("restart", StartsWith("send <?xml version='1.0'?><stream:stream ")));
  EXPECT_THAT(sends(secure_header), IsEmpty());
  EXPECT_THAT(sends(dialback),
              ElementsAre("ready",
                          "send <db:result from='sender.example' to='target.example'>"
                            + keys.make(pair, "id-2") + "</db:result>",
                          "sent key sender.example>target.example"));
  EXPECT_FALSE(stream.authorised(pair));
  EXPECT_TRUE(stream.busy());
  EXPECT_THAT(sends("<db:result from='target.example' to='sender.example' type='valid'/>"),
              ElementsAre("saw result sender.example>target.example valid",
                          "authorised sender.example>target.example"));
  EXPECT_TRUE(stream.authorised(pair));
  EXPECT_TRUE(stream.secured());
  EXPECT_FALSE(stream.busy());
  EXPECT_EQ(stream.stream_id(), "id-2");
}

TEST_F(OutgoingStream, uses_tls_or_not_as_mode_and_features_say) {
  struct row {
    const char* name;
    stream_security security;
    std::string_view features;
    const char* outcome; ///< what the last action says.
  };
  using enum stream_security;
  const row rows[] = {
    {"optional, offered", tls_optional, starttls, "send <starttls"},
    {"optional, required there", tls_optional, starttls_required, "send <starttls"},
    {"optional, not offered", tls_optional, dialback, "ready"},
    {"required, offered", tls_required, starttls, "send <starttls"},
    {"required, not offered", tls_required, dialback, "close policy-violation tls-not-offered"},
    {"none, not offered", no_tls, dialback, "ready"},
    {"none, offered", no_tls, starttls, "ready"},
    {"none, required there", no_tls, starttls_required, "close policy-violation tls-refused"},
  };
  for (const auto& x : rows) {
    SCOPED_TRACE(x.name);
    outgoing_stream machine{{pair.from, pair.to, x.security}, keys};
    testing::stream_driver<outgoing_stream> driver{machine};
    driver.run(machine.start());
    driver.receive(header);
    const auto heard = driver.receive(x.features);
    ASSERT_THAT(heard, Not(IsEmpty()));
    EXPECT_THAT(heard.back(), StartsWith(x.outcome));
    EXPECT_EQ(driver.violation(), "");
  }
}

TEST_F(OutgoingStream, finds_dialback_in_features_or_header_under_any_prefix) {
  struct row {
    const char* name;
    std::string_view header;
    std::string_view features; ///< empty: the peer is from before XMPP 1.0 and sends none.
    const char* outcome;
  };
  constexpr std::string_view other_prefix =
    "<s:stream xmlns='jabber:server' xmlns:s='http://etherx.jabber.org/streams' "
    "xmlns:d='jabber:server:dialback' "
    "id='i'>";
  constexpr std::string_view old_without =
    "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' id='i'>";
  const row rows[] = {
    {"both", header, dialback, "ready"},
    {"features only", no_dialback_header, dialback, "ready"},
    {"header only", header, no_features, "ready"},
    {"neither", no_dialback_header, no_features, "close none dialback-not-offered"},
    {"old peer with db", old_header, "", "ready"},
    {"old peer with another prefix", other_prefix, "", "ready"},
    {"old peer without", old_without, "", "close none dialback-not-offered"},
  };
  for (const auto& x : rows) {
    SCOPED_TRACE(x.name);
    outgoing_stream machine{{pair.from, pair.to, stream_security::tls_optional}, keys};
    testing::stream_driver<outgoing_stream> driver{machine};
    driver.run(machine.start());
    auto heard = driver.receive(x.header);
    if (!x.features.empty())
      heard = driver.receive(x.features);
    ASSERT_THAT(heard, Not(IsEmpty()));
    EXPECT_THAT(heard.back(), StartsWith(x.outcome));
    EXPECT_EQ(driver.violation(), "");
  }
}

TEST_F(OutgoingStream, refuses_a_peer_from_before_xmpp_1_where_tls_is_required) {
  use(stream_security::tls_required);
  starts();
  EXPECT_THAT(sends(old_header).back(), StartsWith("close policy-violation tls-not-offered"));
}

TEST_F(OutgoingStream, refuses_a_header_that_breaks_the_rules) {
  struct row {
    const char* name;
    std::string_view header;
    const char* outcome;
  };
  const row rows[] = {
    {"component stream",
     "<s:stream xmlns='jabber:component:accept' xmlns:s='http://etherx.jabber.org/streams' id='i' "
     "version='1.0'>",
     "close invalid-namespace stream-invalid"},
    {"another stream namespace",
     "<s:stream xmlns='jabber:server' xmlns:s='urn:x' id='i' version='1.0'>",
     "close invalid-namespace stream-invalid"},
    {"another root",
     "<s:flow xmlns='jabber:server' xmlns:s='http://etherx.jabber.org/streams' id='i' "
     "version='1.0'>",
     "close invalid-namespace stream-invalid"},
    {"no id",
     "<s:stream xmlns='jabber:server' xmlns:s='http://etherx.jabber.org/streams' version='1.0'>",
     "close bad-format stream-invalid"},
    {"version 2",
     "<s:stream xmlns='jabber:server' xmlns:s='http://etherx.jabber.org/streams' id='i' "
     "version='2.0'>",
     "close unsupported-version stream-invalid"},
    {"no version at all",
     "<s:stream xmlns='jabber:server' xmlns:s='http://etherx.jabber.org/streams' id='i' "
     "version='x'>",
     "close unsupported-version stream-invalid"},
  };
  for (const auto& x : rows) {
    SCOPED_TRACE(x.name);
    outgoing_stream machine{{pair.from, pair.to, stream_security::tls_optional}, keys};
    testing::stream_driver<outgoing_stream> driver{machine};
    driver.run(machine.start());
    const auto heard = driver.receive(x.header);
    ASSERT_THAT(heard, SizeIs(2));
    EXPECT_THAT(heard[0], AllOf(HasSubstr("<stream:error>"), HasSubstr("</stream:stream>")));
    EXPECT_THAT(heard[1], StartsWith(x.outcome));
    EXPECT_EQ(driver.violation(), "");
  }
}

TEST_F(OutgoingStream, gives_up_when_starttls_fails) {
  starts();
  sends(header);
  sends(starttls);
  EXPECT_THAT(sends("<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
              ElementsAre("send </stream:stream>", StartsWith("close none tls-failed")));
}

TEST_F(OutgoingStream, says_nothing_into_a_tls_handshake_that_fails) {
  starts();
  sends(header);
  sends(starttls);
  sends(proceed);
  EXPECT_THAT(peer.run(stream.fail(stream_error::none, failure::tls_failed, "handshake failure")),
              ElementsAre("close none tls-failed handshake failure"));
}

TEST_F(OutgoingStream, refuses_starttls_on_tls) {
  starts();
  sends(header);
  sends(starttls);
  sends(proceed);
  peer.run(stream.on_tls_established());
  sends(secure_header);
  EXPECT_THAT(sends(starttls).back(), StartsWith("close policy-violation stream-invalid"));
}

TEST_F(OutgoingStream, drops_clear_text_behind_proceed) {
  starts();
  sends(header);
  sends(starttls);
  EXPECT_THAT(
    sends(std::string{proceed}
          + "<stream:error><reset xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"),
    ElementsAre("start tls"));
  EXPECT_EQ(stream.state(), phase::await_tls);
}

TEST_F(OutgoingStream, forgets_the_clear_text_header_when_tls_is_up) {
  peer.run(stream.authenticate(pair));
  starts();
  sends(header); // declares dialback
  sends(starttls);
  sends(proceed);
  peer.run(stream.on_tls_established());
  EXPECT_EQ(stream.stream_id(), "");
  sends(no_dialback_header);
  EXPECT_THAT(sends(no_features).back(), StartsWith("close none dialback-not-offered"));
}

TEST_F(OutgoingStream, sends_what_was_asked_before_it_was_ready_in_order) {
  peer.run(stream.authenticate(pair));
  peer.run(stream.verify({{domain("target.example"), domain("here.example")}, "in-7", "abc"}));
  peer.run(stream.authenticate(other_pair));
  peer.run(stream.authenticate(pair));
  starts();
  sends(header);
  EXPECT_THAT(
    sends(dialback),
    ElementsAre("ready", StartsWith("send <db:result from='sender.example' to='target.example'>"),
                "sent key sender.example>target.example",
                "send <db:verify from='here.example' to='target.example' id='in-7'>abc</db:verify>",
                "sent verify-request target.example>here.example",
                StartsWith("send <db:result from='other.example' to='target.example'>"),
                "sent key other.example>target.example"));
}

TEST_F(OutgoingStream, asks_for_a_pair_once_and_again_after_a_refusal) {
  make_ready();
  EXPECT_THAT(peer.run(stream.authenticate(pair)), SizeIs(2));
  EXPECT_THAT(peer.run(stream.authenticate(pair)), IsEmpty());
  sends("<db:result from='target.example' to='sender.example' type='error'/>");
  EXPECT_THAT(peer.run(stream.authenticate(pair)), SizeIs(2));
  sends("<db:result from='target.example' to='sender.example' type='valid'/>");
  EXPECT_THAT(peer.run(stream.authenticate(pair)), IsEmpty());
}

TEST_F(OutgoingStream, tells_why_a_pair_was_refused) {
  make_ready();
  peer.run(stream.authenticate(pair));
  EXPECT_THAT(
    sends("<db:result from='target.example' to='sender.example' type='error'><error type='cancel'>"
          "<item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
          "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>who?</text></error></db:result>"),
    ElementsAre("saw result sender.example>target.example error",
                "refused sender.example>target.example dialback-error item-not-found: who?"));
  peer.run(stream.authenticate(pair));
  EXPECT_THAT(sends("<db:result from='target.example' to='sender.example' type='invalid'/>"),
              ElementsAre("saw result sender.example>target.example invalid",
                          "refused sender.example>target.example dialback-refused"));
  EXPECT_FALSE(stream.authorised(pair));
  EXPECT_EQ(stream.state(), phase::ready);
}

TEST_F(OutgoingStream, takes_no_answer_to_a_question_that_it_did_not_ask) {
  make_ready();
  peer.run(stream.authenticate(pair));
  peer.run(stream.verify({{domain("target.example"), domain("here.example")}, "in-7", "abc"}));
  for (auto xml : {
         "<db:result from='target.example' to='other.example' type='valid'/>",
         "<db:result from='sender.example' to='target.example' type='valid'/>", // not swapped
         "<db:result from='elsewhere.example' to='sender.example' type='valid'/>",
         "<db:verify from='target.example' to='here.example' id='in-8' type='valid'/>",
         "<db:verify from='here.example' to='target.example' id='in-7' type='valid'/>",
         "<db:verify from='target.example' to='sender.example' id='in-7' type='valid'/>",
       }) {
    EXPECT_THAT(sends(xml), IsEmpty()) << xml;
  }
  EXPECT_FALSE(stream.authorised(pair));
  EXPECT_FALSE(stream.authorised(other_pair));
  EXPECT_TRUE(stream.busy());
  EXPECT_EQ(stream.state(), phase::ready);
}

TEST_F(OutgoingStream, passes_on_each_answer_of_the_authoritative_server) {
  make_ready();
  const domain_pair asked{domain("target.example"), domain("here.example")};
  peer.run(stream.verify({asked, "in-1", "a"}));
  peer.run(stream.verify({asked, "in-2", "b"}));
  peer.run(stream.verify({asked, "in-3", "c"}));
  EXPECT_THAT(peer.run(stream.verify({asked, "in-3", "c"})), IsEmpty());
  EXPECT_THAT(
    sends("<db:verify from='target.example' to='here.example' id='in-2' type='invalid'/>"),
    ElementsAre("saw verify-response target.example>here.example invalid",
                "answered target.example>here.example in-2 invalid"));
  EXPECT_THAT(sends("<db:verify from='target.example' to='here.example' id='in-1' type='valid'/>"),
              ElementsAre("saw verify-response target.example>here.example valid",
                          "answered target.example>here.example in-1 valid"));
  EXPECT_THAT(
    sends("<db:verify from='target.example' to='here.example' id='in-3' type='error'><error>"
          "<item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></db:verify>"),
    ElementsAre("saw verify-response target.example>here.example error",
                "answered target.example>here.example in-3 error item-not-found"));
  EXPECT_FALSE(stream.busy());
}

TEST_F(OutgoingStream, compares_domains_of_answers_in_normal_form) {
  make_ready();
  peer.run(stream.authenticate(pair));
  EXPECT_THAT(sends("<x:result xmlns:x='jabber:server:dialback' from='Target.Example.' "
                    "to='SENDER.example' type='valid'/>"),
              SizeIs(2));
  EXPECT_TRUE(stream.authorised(pair));
}

/// The same faults, whatever the phase.
TEST_F(OutgoingStream, ends_on_what_no_phase_allows) {
  struct row {
    std::string_view xml;
    const char* outcome;
  };
  const row rows[] = {
    {"<message/>", "close not-authorized stream-invalid"},
    {"<iq xmlns='jabber:server'/>", "close not-authorized stream-invalid"},
    {"<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
     "<text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>not here</text></stream:error>",
     "close none stream-refused host-unknown: not here"},
    {"</stream:stream>", "close none stream-closed"},
    {"<a><b></a>", "close not-well-formed stream-invalid"},
    {"<a xmlns='urn:x'/>", "close "},
    {"<db:result from='target.example' to='sender.example'>key</db:result>", "close "},
    {"<proceed/>", "close "},
  };
  const std::vector<lines> ways = {
    {std::string{header}},
    {std::string{header}, std::string{starttls}},
    {std::string{header}, std::string{starttls}, std::string{proceed}, "tls",
     std::string{secure_header}},
    {std::string{header}, std::string{starttls}, std::string{proceed}, "tls",
     std::string{secure_header}, std::string{dialback}},
    {std::string{header}, std::string{dialback}},
  };
  for (const auto& way : ways)
    for (const auto& x : rows) {
      outgoing_stream machine{{pair.from, pair.to, stream_security::tls_optional}, keys};
      testing::stream_driver<outgoing_stream> driver{machine};
      driver.run(machine.start());
      for (const auto& step : way)
        step == "tls" ? driver.run(machine.on_tls_established()) : driver.receive(step);
      ASSERT_NE(machine.state(), phase::closed);
      SCOPED_TRACE(std::string{x.xml} + " in phase " + std::string{to_string(machine.state())});
      const auto heard = driver.receive(x.xml);
      ASSERT_THAT(heard, SizeIs(2));
      EXPECT_THAT(heard[0], HasSubstr("</stream:stream>"));
      EXPECT_THAT(heard[1], StartsWith(x.outcome));
      EXPECT_EQ(machine.state(), phase::closed);
      EXPECT_EQ(driver.violation(), "");
    }
}

TEST_F(OutgoingStream, ends_on_a_question_from_the_other_side) {
  for (auto xml : {"<db:result from='target.example' to='sender.example'>key</db:result>",
                   "<db:verify from='target.example' to='sender.example' id='i'>key</db:verify>"}) {
    outgoing_stream machine{{pair.from, pair.to, stream_security::tls_optional}, keys};
    testing::stream_driver<outgoing_stream> driver{machine};
    driver.run(machine.start());
    driver.receive(header);
    driver.receive(dialback);
    EXPECT_THAT(driver.receive(xml).back(), StartsWith("close policy-violation stream-invalid"));
  }
}

TEST_F(OutgoingStream, ends_on_dialback_that_is_malformed) {
  struct row {
    std::string_view xml;
    const char* outcome;
  };
  for (const row& x : {
         row{"<db:result to='sender.example' type='valid'/>", "close improper-addressing"},
         row{"<db:result from='target.example' type='valid'/>", "close improper-addressing"},
         row{"<db:result from='a b' to='sender.example' type='valid'/>",
             "close improper-addressing"},
         row{"<db:result from='target.example' to='sender.example' type='maybe'/>",
             "close bad-format"},
         row{"<db:verify from='target.example' to='sender.example' type='valid'/>",
             "close bad-format"},
         row{"<db:other from='target.example' to='sender.example'/>",
             "close unsupported-stanza-type"},
       }) {
    SCOPED_TRACE(x.xml);
    outgoing_stream machine{{pair.from, pair.to, stream_security::tls_optional}, keys};
    testing::stream_driver<outgoing_stream> driver{machine};
    driver.run(machine.start());
    driver.receive(header);
    driver.receive(dialback);
    EXPECT_THAT(driver.receive(x.xml).back(), StartsWith(x.outcome));
  }
}

TEST_F(OutgoingStream, passes_over_features_that_are_told_again) {
  make_ready();
  EXPECT_THAT(sends(dialback), IsEmpty());
  EXPECT_EQ(stream.state(), phase::ready);
}

TEST_F(OutgoingStream, knows_whether_the_peer_answers_by_typed_errors) {
  make_ready();
  EXPECT_TRUE(stream.dialback_errors());
}

TEST_F(OutgoingStream, does_nothing_any_more_once_closed) {
  make_ready();
  peer.run(stream.authenticate(pair));
  sends("<db:result from='target.example' to='sender.example' type='valid'/>");
  EXPECT_THAT(peer.run(stream.close(failure::shutting_down)),
              ElementsAre("send </stream:stream>", "close none shutting-down"));
  EXPECT_FALSE(stream.authorised(pair));
  EXPECT_THAT(stream.start(), IsEmpty());
  EXPECT_THAT(stream.authenticate(other_pair), IsEmpty());
  EXPECT_THAT(stream.verify({pair, "i", "k"}), IsEmpty());
  EXPECT_THAT(stream.on_stanza(), IsEmpty());
  EXPECT_THAT(stream.on_stream_end(), IsEmpty());
  EXPECT_THAT(stream.on_tls_established(), IsEmpty());
  EXPECT_THAT(stream.on_header({}), IsEmpty());
  EXPECT_THAT(stream.on_element({"<a/>", {}}), IsEmpty());
  EXPECT_THAT(stream.fail(stream_error::reset, failure::stream_closed, ""), IsEmpty());
}

TEST_F(OutgoingStream, writes_nothing_if_it_ends_before_its_start) {
  EXPECT_THAT(peer.run(stream.close()), ElementsAre("close none none"));
}

} // namespace
} // namespace fedhub
