#include <gmock/gmock.h>

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
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

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
    const char* outcome; ///< the last action.
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
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    outgoing_stream machine{{pair.from, pair.to, row.security}, keys};
    testing::stream_driver<outgoing_stream> driver{machine};
    driver.run(machine.start());
    driver.receive(header);
    const auto heard = driver.receive(row.features);
    ASSERT_THAT(heard, Not(IsEmpty()));
    EXPECT_THAT(heard.back(), StartsWith(row.outcome));
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
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    outgoing_stream machine{{pair.from, pair.to, stream_security::tls_optional}, keys};
    testing::stream_driver<outgoing_stream> driver{machine};
    driver.run(machine.start());
    const auto heard = driver.receive(row.header);
    ASSERT_THAT(heard, SizeIs(2));
    EXPECT_THAT(heard[0], AllOf(HasSubstr("<stream:error>"), HasSubstr("</stream:stream>")));
    EXPECT_THAT(heard[1], StartsWith(row.outcome));
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

TEST_F(OutgoingStream, begins_on_tls_where_the_connection_did) {
  peer.run(stream.authenticate(pair));
  stream = outgoing_stream{{.sender = pair.from, .target = pair.to, .direct_tls = true}, keys};
  EXPECT_TRUE(stream.secured());
  EXPECT_THAT(starts(), ElementsAre(StartsWith("send <?xml version='1.0'?><stream:stream ")));
  EXPECT_EQ(stream.state(), phase::await_secure_header);
  sends(header);
  EXPECT_THAT(sends(dialback), ElementsAre("ready"));
}

TEST_F(OutgoingStream, refuses_to_secure_direct_tls_once_more) {
  stream = outgoing_stream{{.sender = pair.from, .target = pair.to, .direct_tls = true}, keys};
  starts();
  sends(header);
  EXPECT_THAT(sends(starttls).back(), StartsWith("close policy-violation stream-invalid"));
}

TEST_F(OutgoingStream, tells_the_limits_of_the_peer) {
  auto features = [](const char* limits) {
    return "<stream:features>" + std::string{limits}
           + "<dialback xmlns='urn:xmpp:features:dialback'/></stream:features>";
  };
  const auto some =
    "<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>65536</max-bytes></limits>";
  const auto more = "<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>524288</max-bytes>"
                    "<idle-seconds>90</idle-seconds></limits>";
  starts();
  sends(header);
  EXPECT_THAT(sends(features(some)), ElementsAre("limits 65536 0", "ready"));
  EXPECT_THAT(sends(features(some)), IsEmpty());
  EXPECT_THAT(sends(features(more)), ElementsAre("limits 524288 90"));
  EXPECT_THAT(sends(features("")), IsEmpty());
}

TEST_F(OutgoingStream, does_not_believe_limits_told_in_clear_text_before_tls) {
  starts();
  sends(header);
  EXPECT_THAT(sends("<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
                    "<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>1</max-bytes></limits>"
                    "</stream:features>"),
              ElementsAre(StartsWith("send <starttls ")));
}

TEST_F(OutgoingStream, tells_where_the_peer_sends_it) {
  struct row {
    const char* name;
    const char* condition;
    const char* redirect;
  };
  for (const row& line : {
         row{"a host",
             "<see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>\n "
             "[2001:db8::1]:5270 </see-other-host>",
             "[2001:db8::1]:5270"},
         row{"nowhere", "<see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>", ""},
         row{"another namespace", "<see-other-host>a.example</see-other-host>", ""},
         row{"another condition",
             "<host-gone xmlns='urn:ietf:params:xml:ns:xmpp-streams'>a.example</host-gone>", ""},
       }) {
    SCOPED_TRACE(line.name);
    use(stream_security::tls_optional);
    peer.renew();
    std::string redirect = "none heard";
    peer.watch = [&](const stream_actions& actions) {
      if (!actions.empty() && std::holds_alternative<close_stream>(actions.back()))
        redirect = std::get<close_stream>(actions.back()).redirect;
    };
    starts();
    sends(header);
    EXPECT_THAT(sends("<stream:error>" + std::string{line.condition} + "</stream:error>").back(),
                StartsWith("close none stream-refused"));
    EXPECT_EQ(redirect, line.redirect);
  }
}

class OutgoingStreamBehindProceed : public OutgoingStream,
                                    public ::testing::WithParamInterface<std::string_view> {};

TEST_P(OutgoingStreamBehindProceed, ends_if_octets_follow) {
  starts();
  sends(header);
  sends(starttls);
  EXPECT_THAT(sends(std::string{proceed}.append(GetParam())),
              ElementsAre(StartsWith("send <stream:error><policy-violation"),
                          StartsWith("close policy-violation stream-invalid octets after")));
  EXPECT_EQ(stream.state(), phase::closed);
}

INSTANTIATE_TEST_SUITE_P(, OutgoingStreamBehindProceed,
                         ::testing::Values(" ", "\n", "<", "x", "\x16", "<stream:features/>",
                                           "<stream:error><reset "
                                           "xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
                                           "</stream:error>"));

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

/// Plays the same faults in every phase.
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
    {"<a xmlns='urn:xmpp:sm:3'/>", "close "},
    {"<db:result from='target.example' to='sender.example'>key</db:result>", "close "},
    {"<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>", "close "},
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
    for (const auto& row : rows) {
      outgoing_stream machine{{pair.from, pair.to, stream_security::tls_optional}, keys};
      testing::stream_driver<outgoing_stream> driver{machine};
      driver.run(machine.start());
      for (const auto& step : way)
        step == "tls" ? driver.run(machine.on_tls_established()) : driver.receive(step);
      ASSERT_NE(machine.state(), phase::closed);
      SCOPED_TRACE(std::string{row.xml} + " in phase " + std::string{to_string(machine.state())});
      const auto heard = driver.receive(row.xml);
      ASSERT_THAT(heard, SizeIs(2));
      EXPECT_THAT(heard[0], HasSubstr("</stream:stream>"));
      EXPECT_THAT(heard[1], StartsWith(row.outcome));
      EXPECT_EQ(machine.state(), phase::closed);
      EXPECT_EQ(driver.violation(), "");
    }
}

TEST_F(OutgoingStream, passes_over_features_that_are_told_again) {
  make_ready();
  EXPECT_THAT(sends(dialback), IsEmpty());
  EXPECT_EQ(stream.state(), phase::ready);
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
