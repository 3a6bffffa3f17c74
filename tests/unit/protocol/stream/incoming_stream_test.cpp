#include <gmock/gmock.h>

#include "protocol/events/dialback_outcome.hpp"
#include "protocol/events/stream_action.hpp"
#include "protocol/events/stream_header.hpp"
#include "protocol/events/stream_security.hpp"
#include "protocol/text/namespaces.hpp"
#include "protocol/xml/stream_element.hpp"
#include "tests/unit/protocol/stream/incoming_scene.hpp"

namespace fedhub {
namespace {

using namespace testing::incoming;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

TEST(IncomingStream, answers_the_header_and_offers_what_its_mode_allows) {
  struct row {
    const char* name;
    stream_security security;
    lines steps;
    const char* features;
  };
  const char* dialback = "<dialback xmlns='urn:xmpp:features:dialback'><errors/></dialback>";
  const std::string both =
    std::string{"<stream:features>"} + starttls.data() + dialback + "</stream:features>";
  const std::string only_dialback =
    std::string{"<stream:features>"} + dialback + "</stream:features>";
  const row rows[] = {
    {"required",
     tls_required,
     {},
     "<stream:features><starttls "
     "xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></stream:features>"},
    {"required, on TLS", tls_required, {secure.begin(), secure.end() - 1}, only_dialback.c_str()},
    {"optional", tls_optional, {}, both.c_str()},
    {"optional, on TLS", tls_optional, {secure.begin(), secure.end() - 1}, only_dialback.c_str()},
    {"none", no_tls, {}, only_dialback.c_str()},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    scene s{row.security, row.steps};
    EXPECT_THAT(
      s.sends(header),
      ElementsAre(
        AllOf(StartsWith("send <?xml version='1.0'?><stream:stream xmlns='jabber:server'"),
              HasSubstr(" from='here.example' to='peer.example' id='" + s.stream.stream_id()
                        + "' version='1.0'"),
              EndsWith(std::string{">"} + row.features)),
        "ready"));
    EXPECT_EQ(s.stream.peer_name(), "peer.example");
  }
}

TEST(IncomingStream, offers_no_starttls_without_a_certificate) {
  auto opts = options(tls_optional);
  opts.tls_available = false;
  const auto rules = policy();
  incoming_stream stream{opts, rules, keys};
  testing::stream_driver<incoming_stream> driver{stream};
  EXPECT_THAT(driver.receive(header)[0], Not(HasSubstr("starttls")));
  EXPECT_THAT(driver.receive(starttls)[0],
              HasSubstr("<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"));
}

TEST(IncomingStream, begins_on_tls_where_the_connection_did) {
  for (const auto security : {tls_required, tls_optional}) {
    auto opts = options(security);
    opts.direct_tls = true;
    scene s{opts, policy()};
    EXPECT_TRUE(s.stream.secured());
    EXPECT_EQ(s.stream.state(), phase::await_secure_header);
    EXPECT_THAT(
      s.sends(header),
      ElementsAre(EndsWith("<stream:features><dialback xmlns='urn:xmpp:features:dialback'>"
                           "<errors/></dialback></stream:features>"),
                  "ready"));
    EXPECT_EQ(s.stream.state(), phase::secured);
    EXPECT_THAT(s.sends(key), Contains("verify peer.example>here.example k-1"));
  }
}

TEST(IncomingStream, is_secured_but_once) {
  auto opts = options(tls_required);
  opts.direct_tls = true;
  scene handshake{opts, policy()};
  EXPECT_THAT(handshake.sends("tls").back(), StartsWith("close policy-violation stream-invalid"));
  scene asked{opts, policy(), clear};
  EXPECT_THAT(asked.sends(starttls),
              ElementsAre(HasSubstr("<failure "), StartsWith("close none stream-invalid")));
}

TEST(IncomingStream, says_nothing_to_a_peer_that_said_nothing_on_direct_tls) {
  auto opts = options(tls_required);
  opts.direct_tls = true;
  scene s{opts, policy()};
  EXPECT_THAT(s.driver.run(s.stream.close()), ElementsAre("close none none"));
}

TEST(IncomingStream, tells_its_limits_where_the_stream_can_be_used) {
  const auto announced = "<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>524288</max-bytes>"
                         "<idle-seconds>600</idle-seconds></limits>";
  struct row {
    const char* name;
    stream_security security;
    lines before;
    bool announces;
  };
  const lines tls{secure.begin(), secure.end() - 1};
  for (const row& line :
       {row{"only STARTTLS is of use", tls_required, {}, false},
        row{"on TLS", tls_required, tls, true}, row{"in clear text", tls_optional, {}, true}}) {
    SCOPED_TRACE(line.name);
    auto opts = options(line.security);
    opts.limits = {524288, 600};
    scene s{opts, policy(), line.before};
    const auto features = s.sends(header)[0];
    EXPECT_EQ(features.find(announced) != features.npos, line.announces) << features;
  }
}

TEST(IncomingStream, answers_headers_that_leave_something_out) {
  struct row {
    const char* name;
    std::string_view attributes;
    const char* answer;
  };
  for (const row& line : {
         row{"no to: by its own name", "from='peer.example' version='1.0'",
             " from='hub.example' to='peer.example'"},
         row{"no from", "to='here.example' version='1.0'", " from='here.example' id="},
         row{"a later version", "to='here.example' version='1.9'", " version='1.0'"},
         row{"a higher version", "to='here.example' version='2.0'", " version='1.0'"},
         row{"a domain in another form", "to='HERE.example.' version='1.0'",
             " from='here.example'"},
       }) {
    SCOPED_TRACE(line.name);
    scene s{tls_optional};
    const auto heard = s.sends(
      "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' "
      + std::string{line.attributes} + ">");
    ASSERT_THAT(heard, SizeIs(2));
    EXPECT_THAT(heard[0], HasSubstr(line.answer));
  }
}

TEST(IncomingStream, refuses_headers_that_break_the_rules_after_a_header_of_its_own) {
  struct row {
    const char* name;
    std::string_view start;
    const char* condition;
  };
  for (const row& line : {
         row{"another content namespace",
             "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
             "to='here.example' version='1.0'>",
             "invalid-namespace"},
         row{"another stream namespace",
             "<stream:stream xmlns='jabber:server' xmlns:stream='urn:x' to='here.example' "
             "version='1.0'>",
             "invalid-namespace"},
         row{"no content namespace",
             "<stream:stream xmlns:stream='http://etherx.jabber.org/streams' to='here.example' "
             "version='1.0'>",
             "invalid-namespace"},
         row{"the namespace before the domain",
             "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
             "to='nowhere.example' version='x'>",
             "invalid-namespace"},
         row{"no number as version",
             "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' "
             "to='here.example' version='one'>",
             "unsupported-version"},
         row{"a domain that is not served",
             "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' "
             "to='nowhere.example' version='1.0'>",
             "host-unknown"},
         row{"'to' that is no domain",
             "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' "
             "to='a b' version='1.0'>",
             "improper-addressing"},
         row{"'from' that is no domain",
             "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' "
             "from='&lt;' to='here.example' version='1.0'>",
             "improper-addressing"},
         row{"no XML", "GET / HTTP/1.1\r\n", "not-well-formed"},
       }) {
    SCOPED_TRACE(line.name);
    for (const auto& before : {lines{}, lines{secure.begin(), secure.end() - 1}}) {
      scene s{tls_optional, before};
      const auto heard = s.sends(line.start);
      ASSERT_THAT(heard, SizeIs(2));
      EXPECT_THAT(heard[0], AllOf(StartsWith("send <?xml version='1.0'?><stream:stream "),
                                  HasSubstr(std::string{"<stream:error><"} + line.condition),
                                  EndsWith("</stream:error></stream:stream>")));
      EXPECT_THAT(heard[1], StartsWith(std::string{"close "} + line.condition + " stream-invalid"));
    }
  }
}

TEST(IncomingStream, serves_peers_from_before_xmpp_1) {
  scene s{tls_optional};
  EXPECT_THAT(s.sends(old_header),
              ElementsAre(AllOf(Not(HasSubstr(" version='1.0' ")), Not(HasSubstr("version='1.0'>")),
                                Not(HasSubstr("features")), HasSubstr("xmlns:db=")),
                          "ready"));
  EXPECT_THAT(s.sends(key), Contains("verify peer.example>here.example k-1"));
}

TEST(IncomingStream, ends_streams_from_before_xmpp_1_where_tls_is_required) {
  scene s{tls_required};
  EXPECT_THAT(
    s.sends(old_header),
    ElementsAre(AllOf(HasSubstr("<stream:error><policy-violation"), EndsWith("</stream:stream>")),
                StartsWith("close policy-violation tls-not-offered")));
}

TEST(IncomingStream, secures_itself_when_asked) {
  scene s{tls_required, clear};
  const auto first_id = s.stream.stream_id();
  EXPECT_THAT(s.sends(starttls),
              ElementsAre("send <proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", "start tls"));
  EXPECT_EQ(s.stream.state(), phase::await_tls);
  EXPECT_THAT(s.sends("tls"), ElementsAre("restart"));
  EXPECT_NE(s.stream.stream_id(), first_id);
  EXPECT_EQ(s.stream.peer_name(), "");
  EXPECT_THAT(s.sends(header), SizeIs(2));
  EXPECT_EQ(s.stream.state(), phase::secured);
  EXPECT_TRUE(s.stream.secured());
}

TEST(IncomingStream, ends_if_octets_follow_starttls) {
  for (const std::string more : {" ", "\n", "<", "<!", "x", "</stream:stream>", "<db:result",
                                 "\x16", "<stream:stream xmlns='jabber:server'>"}) {
    SCOPED_TRACE(more);
    scene s{tls_required, clear};
    EXPECT_THAT(s.sends(std::string{starttls} + more),
                ElementsAre(StartsWith("send <stream:error><policy-violation"),
                            StartsWith("close policy-violation stream-invalid octets after")));
    EXPECT_THAT(s.sends("tls"), IsEmpty());
  }
}

TEST(IncomingStream, refuses_starttls_that_it_did_not_offer) {
  const lines with_key{std::string{header}, std::string{key}};
  const lines old{std::string{old_header}};
  struct row {
    const char* name;
    stream_security security;
    lines steps;
  };
  for (const row& line : {row{"no TLS here", no_tls, clear}, row{"on TLS", tls_optional, secure},
                          row{"after dialback began", tls_optional, with_key},
                          row{"without features", tls_optional, old}}) {
    SCOPED_TRACE(line.name);
    scene s{line.security, line.steps};
    EXPECT_THAT(
      s.sends(starttls),
      ElementsAre("send <failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:stream>",
                  StartsWith("close none stream-invalid")));
  }
}

TEST(IncomingStream, says_nothing_into_a_tls_handshake_that_fails) {
  scene s{tls_required, {std::string{header}, std::string{starttls}}};
  EXPECT_THAT(
    s.driver.run(s.stream.fail(stream_error::none, failure::tls_failed, "no shared cipher")),
    ElementsAre("close none tls-failed no shared cipher"));
}

/// Plays the same faults before TLS, on TLS and after dialback.
TEST(IncomingStream, ends_on_what_no_phase_allows) {
  struct row {
    std::string_view xml;
    const char* outcome;
  };
  const row rows[] = {
    {"<db:result from='here.example' to='peer.example' type='valid'/>", "close policy-violation"},
    {"<db:verify from='here.example' to='peer.example' id='i' type='valid'/>",
     "close policy-violation"},
    {"<db:result to='here.example'>k</db:result>", "close improper-addressing"},
    {"<db:result from='peer.example'>k</db:result>", "close improper-addressing"},
    {"<db:result from='peer.example' to='here.example'/>", "close bad-format"},
    {"<db:verify from='peer.example' to='here.example'>k</db:verify>", "close bad-format"},
    {"<db:nothing/>", "close unsupported-stanza-type"},
    {"<message/>", "close improper-addressing"},
    {"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", "close unsupported-stanza-type"},
    {"<enable xmlns='urn:xmpp:sm:3'/>", "close unsupported-stanza-type"},
    {"<stream:stream/>", "close unsupported-stanza-type"},
    {"text", "close bad-format"},
    {"<!-- comment -->", "close restricted-xml"},
    {"<stream:error><reset xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>",
     "close none stream-refused reset"},
    {"</stream:stream>", "close none none"},
  };
  auto proved = [](lines way) {
    way.emplace_back("<db:result from='node.example' to='here.example'>k</db:result>");
    return way;
  };
  for (const auto& way : {clear, secure, proved(clear), proved(secure)})
    for (const auto& row : rows) {
      scene s{tls_optional, way};
      SCOPED_TRACE(std::string{row.xml} + " in phase " + std::string{to_string(s.stream.state())});
      ASSERT_NE(s.stream.state(), phase::closed);
      const auto heard = s.sends(row.xml);
      ASSERT_THAT(heard, SizeIs(2));
      EXPECT_THAT(heard[0], AllOf(EndsWith("</stream:stream>"), Not(HasSubstr("<?xml"))));
      EXPECT_THAT(heard[1], StartsWith(row.outcome));
    }
}

/// Plays this before TLS, on TLS and after dialback.
TEST(IncomingStream, ignores_unknown_elements_up_to_a_limit) {
  auto proved = [](lines way) {
    way.emplace_back("<db:result from='node.example' to='here.example'>k</db:result>");
    return way;
  };
  for (const std::string_view xml :
       {"<nonza xmlns='urn:x'/>", "<stream:features/>", "<starttls/>", // the last in jabber:server
        "<stream:features><bidi xmlns='urn:xmpp:features:bidi'/></stream:features>"})
    for (const auto& way : {clear, secure, proved(clear), proved(secure)}) {
      scene s{tls_optional, way};
      SCOPED_TRACE(std::string{xml} + " in phase " + std::string{to_string(s.stream.state())});
      for (int i = 0; i < unknown_elements::most; ++i)
        ASSERT_THAT(s.sends(xml), IsEmpty());
      EXPECT_THAT(s.sends(xml).back(), StartsWith("close unsupported-stanza-type"));
    }
}

TEST(IncomingStream, refuses_an_element_nested_too_deep_to_mean_anything) {
  const auto rules = policy();
  incoming_stream stream{options(tls_optional), rules, keys};
  stream_header received;
  received.version_major = 1;
  received.content_namespace = ns::server;
  received.stream_namespace = true;
  stream.on_header(received);
  std::string xml = "<x xmlns='urn:x'>";
  for (size_t i = 0; i < stream_element::max_depth; ++i)
    xml += "<a>";
  for (size_t i = 0; i < stream_element::max_depth; ++i)
    xml += "</a>";
  const auto actions = stream.on_element({xml + "</x>", received.bindings});
  EXPECT_EQ(std::get<close_stream>(actions.back()).error, stream_error::policy_violation);
}

TEST(IncomingStream, says_nothing_to_a_peer_that_said_nothing) {
  scene s{tls_optional};
  EXPECT_THAT(s.driver.run(s.stream.close()), ElementsAre("close none none"));
}

TEST(IncomingStream, does_nothing_any_more_once_closed) {
  scene s{tls_optional, {std::string{header}, std::string{key}}};
  const auto id = s.stream.stream_id();
  s.driver.run(s.stream.close(failure::shutting_down));
  EXPECT_THAT(s.stream.on_verified(pair, id, dialback_outcome::valid, failure::none, ""),
              IsEmpty());
  EXPECT_FALSE(s.stream.authorised(pair));
  EXPECT_THAT(s.stream.on_header({}), IsEmpty());
  EXPECT_THAT(s.stream.on_element({"<a/>", {}}), IsEmpty());
  EXPECT_THAT(s.stream.on_tls_established(), IsEmpty());
  EXPECT_THAT(s.stream.on_stream_end(), IsEmpty());
  EXPECT_THAT(s.stream.fail(stream_error::reset, failure::none, ""), IsEmpty());
}

} // namespace
} // namespace fedhub
