#include <gmock/gmock.h>

#include "protocol/events/dialback_outcome.hpp"
#include "protocol/text/domain_pair.hpp"
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
using ::testing::SizeIs;
using ::testing::StartsWith;

/// Plays the same exchange without and with TLS.
TEST(IncomingDialback, verifies_a_key_before_it_takes_stanzas) {
  for (const auto& way : {clear, secure}) {
    scene s{tls_optional, way};
    EXPECT_FALSE(s.stream.authenticated());
    EXPECT_EQ(s.stream.refusal(pair), stream_error::not_authorized);
    EXPECT_THAT(s.sends(key), ElementsAre("saw key peer.example>here.example",
                                          "verify peer.example>here.example k-1"));
    EXPECT_FALSE(s.stream.authorised(pair));
    EXPECT_THAT(s.verified(pair, dialback_outcome::valid),
                ElementsAre("send <db:result from='here.example' to='peer.example' type='valid'/>",
                            "sent result peer.example>here.example valid",
                            "authorised peer.example>here.example"));
    EXPECT_TRUE(s.stream.authorised(pair));
    EXPECT_THAT(s.sends("<message from='peer.example' to='here.example'/>"), IsEmpty());
    EXPECT_EQ(s.driver.stanzas(), 1u);
  }
}

TEST(IncomingDialback, takes_no_stanza_of_a_pair_that_it_did_not_prove) {
  struct row {
    std::string_view stanza;
    const char* outcome;
  };
  for (const row& line : {
         row{"<message from='spoofed.example' to='here.example'/>", "close invalid-from"},
         row{"<iq xmlns='jabber:server' from='a@spoofed.example' to='here.example'/>",
             "close improper-addressing"},
         row{"<presence from='peer.example' to='also.example'/>", "close invalid-from"},
         row{"<presence from='peer.example' to='nowhere.example'/>", "close host-unknown"},
       }) {
    SCOPED_TRACE(line.stanza);
    scene s{tls_optional, clear};
    s.sends(key);
    s.verified(pair, dialback_outcome::valid);
    EXPECT_THAT(s.sends(line.stanza).back(), StartsWith(line.outcome));
    EXPECT_FALSE(s.stream.authorised(pair)) << "closed";
  }
  scene s{tls_optional, clear};
  EXPECT_THAT(s.sends("<message from='peer.example' to='here.example'/>").back(),
              StartsWith("close not-authorized"));
}

TEST(IncomingDialback, answers_keys_that_need_no_verification_at_once) {
  struct row {
    const char* name;
    std::string_view xml;
    const char* answer;
  };
  for (const row& line : {
         row{"not served", "<db:result from='peer.example' to='nowhere.example'>k</db:result>",
             "send <db:result from='nowhere.example' to='peer.example' type='error'><error "
             "type='cancel'><item-not-found "},
         row{"denied", "<db:result from='denied.example' to='here.example'>k</db:result>",
             "send <db:result from='here.example' to='denied.example' type='error'><error "
             "type='cancel'><policy-violation "},
       }) {
    SCOPED_TRACE(line.name);
    scene s{tls_optional, clear};
    const auto heard = s.sends(line.xml);
    const bool denied = std::string_view{line.name} == "denied";
    ASSERT_THAT(heard, SizeIs(denied ? 4 : 3));
    if (denied) {
      EXPECT_EQ(heard[3], "denied denied.example>here.example domain-denied");
    }
    EXPECT_THAT(heard[0], StartsWith("saw key "));
    EXPECT_THAT(heard[1], StartsWith(line.answer));
    EXPECT_THAT(heard[2], AllOf(StartsWith("sent result "), EndsWith(" error")));
    EXPECT_EQ(s.stream.state(), phase::negotiating);
    EXPECT_FALSE(s.stream.authenticated());
  }
}

TEST(IncomingDialback, ends_the_stream_if_it_comes_in_clear_text_where_tls_is_required) {
  for (const std::string_view xml :
       {key, std::string_view{"<db:result from='peer.example' to='nowhere.example'>k</db:result>"},
        std::string_view{"<db:verify from='peer.example' to='here.example' id='i'>k</db:verify>"},
        std::string_view{"<db:result from='peer.example' to='here.example' type='valid'/>"},
        std::string_view{
          "<db:verify from='peer.example' to='here.example' id='i' type='valid'/>"}}) {
    SCOPED_TRACE(xml);
    scene s{tls_required, clear};
    EXPECT_THAT(s.sends(xml),
                ElementsAre(AllOf(StartsWith("send <stream:error><policy-violation"),
                                  EndsWith("</stream:stream>")),
                            StartsWith("close policy-violation stream-invalid TLS is required")));
  }
}

TEST(IncomingDialback, believes_a_trusted_node) {
  scene s{tls_optional, clear};
  EXPECT_THAT(s.sends("<db:result from='node.example' to='here.example'>k</db:result>"),
              ElementsAre("saw key node.example>here.example",
                          "send <db:result from='here.example' to='node.example' type='valid'/>",
                          "sent result node.example>here.example valid",
                          "authorised node.example>here.example by configuration"));
  EXPECT_EQ(s.stream.peer_name(), "node.example");
}

TEST(IncomingDialback, asks_once_about_a_pair_however_often_its_key_comes) {
  scene s{tls_optional, clear};
  s.sends(key);
  EXPECT_THAT(s.sends(key), ElementsAre("saw key peer.example>here.example"));
  s.verified(pair, dialback_outcome::valid);
  EXPECT_THAT(s.verified(pair, dialback_outcome::valid), IsEmpty());
  EXPECT_THAT(s.sends(key),
              ElementsAre("saw key peer.example>here.example",
                          "send <db:result from='here.example' to='peer.example' type='valid'/>",
                          "sent result peer.example>here.example valid"));
}

TEST(IncomingDialback, ends_when_its_only_key_is_invalid) {
  scene s{tls_optional, clear};
  s.sends(key);
  EXPECT_THAT(
    s.verified(pair, dialback_outcome::invalid),
    ElementsAre(
      "sent result peer.example>here.example invalid",
      "send <db:result from='here.example' to='peer.example' type='invalid'/></stream:stream>",
      "close none dialback-refused"));
}

TEST(IncomingDialback, keeps_the_other_pairs_when_one_key_is_invalid) {
  scene s{tls_optional, clear};
  s.sends(key);
  s.verified(pair, dialback_outcome::valid);
  s.sends(other_key);
  const auto heard = s.verified(other_pair, dialback_outcome::invalid);
  ASSERT_THAT(heard, SizeIs(2));
  EXPECT_THAT(heard[0], StartsWith("send <db:result from='here.example' to='other.example' "
                                   "type='error'><error type='auth'><forbidden "));
  EXPECT_TRUE(s.stream.authorised(pair));
  EXPECT_FALSE(s.stream.authorised(other_pair));
}

TEST(IncomingDialback, names_the_reason_why_a_key_could_not_be_verified) {
  struct row {
    failure why;
    const char* condition;
  };
  for (const row& line : {
         row{failure::dns_not_found, "<remote-server-not-found "},
         row{failure::dns_no_service, "<remote-server-not-found "},
         row{failure::dialback_error, "<remote-server-not-found "},
         row{failure::connect_refused, "<remote-connection-failed "},
         row{failure::tls_failed, "<remote-connection-failed "},
         row{failure::dialback_timeout, "<remote-server-timeout "},
         row{failure::stream_closed, "<remote-server-timeout "},
         row{failure::domain_denied, "<policy-violation "},
         row{failure::certificate_refused, "<not-acceptable "},
         row{failure::external_refused, "<not-acceptable "},
         row{failure::stream_refused, "<remote-server-timeout "},
         row{failure::stream_invalid, "<remote-server-timeout "},
         row{failure::memory_full, "<resource-constraint "},
       }) {
    SCOPED_TRACE(to_string(line.why));
    scene s{tls_optional, clear};
    s.sends(key);
    const auto heard = s.verified(pair, dialback_outcome::error, line.why);
    ASSERT_THAT(heard, SizeIs(2));
    EXPECT_THAT(
      heard[0],
      AllOf(StartsWith("send <db:result from='here.example' to='peer.example' type='error'>"),
            HasSubstr(line.condition), HasSubstr(escape(describe(line.why)))));
    EXPECT_EQ(s.stream.state(), phase::negotiating);
    EXPECT_THAT(s.sends(key), Contains(StartsWith("verify "))) << "it may try again";
  }
}

TEST(IncomingDialback, takes_no_verification_that_it_did_not_ask_for) {
  scene s{tls_optional, clear};
  const auto id = s.stream.stream_id();
  EXPECT_THAT(s.verified(pair, dialback_outcome::valid), IsEmpty());
  s.sends(key);
  EXPECT_THAT(s.verified(other_pair, dialback_outcome::valid), IsEmpty());
  EXPECT_THAT(s.driver.run(s.stream.on_verified(pair, "another-id", dialback_outcome::valid,
                                                failure::none, "")),
              IsEmpty());
  EXPECT_FALSE(s.stream.authenticated());
}

TEST(IncomingDialback, bounds_the_pairs_under_verification) {
  scene s{tls_optional, clear};
  auto nth_key = [](size_t i) {
    return "<db:result from='p" + std::to_string(i) + ".example' to='here.example'>k</db:result>";
  };
  for (size_t i = 0; i < incoming_stream::max_pending_pairs; ++i)
    ASSERT_THAT(s.sends(nth_key(i)), Contains(StartsWith("verify ")));
  EXPECT_THAT(s.sends(nth_key(999)), Contains(HasSubstr("<resource-constraint ")));
  s.verified({domain("p0.example"), domain("here.example")}, dialback_outcome::valid);
  EXPECT_THAT(s.sends(nth_key(999)), Contains(StartsWith("verify ")));
}

TEST(IncomingDialback, bounds_the_pairs_that_it_remembers) {
  scene s{tls_optional, clear};
  auto nth_pair = [](size_t i) {
    return domain_pair{domain("p" + std::to_string(i) + ".example"), domain("here.example")};
  };
  auto nth_key = [&](size_t i) {
    return "<db:result from='" + nth_pair(i).from.str() + "' to='here.example'>k</db:result>";
  };
  for (size_t i = 0; i < incoming_stream::max_authorised_pairs; ++i) {
    s.sends(nth_key(i));
    s.verified(nth_pair(i), dialback_outcome::valid);
    ASSERT_TRUE(s.stream.authorised(nth_pair(i)));
  }
  EXPECT_THAT(s.sends(nth_key(99999)), Contains(HasSubstr("<resource-constraint ")));
}

TEST(IncomingDialback, answers_for_its_domains_as_authoritative_server) {
  // The question's `to` is the key's sender domain. Its `from` is the server that got the key.
  const domain_pair asked{domain("here.example"), domain("peer.example")};
  const auto good = keys.make(asked, "their-id");
  auto question = [](std::string_view to, std::string_view key) {
    return "<db:verify from='peer.example' to='" + std::string{to} + "' id='their-id'>"
           + std::string{key} + "</db:verify>";
  };
  struct row {
    const char* name;
    std::string xml;
    const char* answer;
    const char* seen;
  };
  const std::string nowhere = question("nowhere.example", good);
  const row rows[] = {
    {"good key", question("here.example", "\n  " + good + "\n"), "type='valid'/>",
     "sent verify-response here.example>peer.example valid"},
    {"bad key", question("here.example", "0000"), "type='invalid'/>",
     "sent verify-response here.example>peer.example invalid"},
    {"of another id", question("here.example", keys.make(asked, "other")), "type='invalid'/>",
     "sent verify-response here.example>peer.example invalid"},
    {"of the reverse pair", question("here.example", keys.make({asked.to, asked.from}, "their-id")),
     "type='invalid'/>", "sent verify-response here.example>peer.example invalid"},
  };
  for (const auto& way : {clear, secure}) {
    for (const auto& row : rows) {
      SCOPED_TRACE(row.name);
      scene s{tls_optional, way};
      EXPECT_THAT(
        s.sends(row.xml),
        ElementsAre(
          "saw verify-request here.example>peer.example",
          std::string{"send <db:verify from='here.example' to='peer.example' id='their-id' "}
            + row.answer,
          row.seen));
    }
    scene s{tls_optional, way};
    EXPECT_THAT(
      s.sends(nowhere)[1],
      AllOf(
        StartsWith(
          "send <db:verify from='nowhere.example' to='peer.example' id='their-id' type='error'>"),
        HasSubstr("<item-not-found ")));
  }
}

TEST(IncomingDialback, escapes_what_it_repeats) {
  scene s{tls_optional, clear};
  EXPECT_THAT(
    s.sends(
      "<db:verify from='peer.example' to='here.example' id='&apos;&lt;x&#10;'>k</db:verify>")[1],
    HasSubstr(" id='&apos;&lt;x&#10;' type='invalid'/>"));
}

TEST(IncomingDialback, reads_dialback_under_any_prefix) {
  scene s{tls_optional};
  s.sends("<s:stream xmlns='jabber:server' xmlns:s='http://etherx.jabber.org/streams' "
          "xmlns:dialback='jabber:server:dialback' "
          "from='peer.example' to='here.example' version='1.0'>");
  for (auto xml : {"<dialback:result from='peer.example' to='here.example'>k</dialback:result>",
                   "<result xmlns='jabber:server:dialback' from='peer.example' "
                   "to='here.example'><![CDATA[k]]></result>",
                   "<q:result xmlns:q='jabber:server:dialback' from='peer.example' "
                   "to='here.example'>&#x6b;</q:result>"}) {
    EXPECT_THAT(s.sends(xml), Contains("verify peer.example>here.example k")) << xml;
    s.verified(pair, dialback_outcome::error, failure::dns_failed);
  }
}

TEST(IncomingDialback, refuses_a_key_too_long_to_be_one_and_keeps_the_stream) {
  scene s{tls_optional, clear};
  const std::string longest(max_dialback_key, 'k');
  EXPECT_THAT(
    s.sends("<db:result from='peer.example' to='here.example'>" + longest + "</db:result>"),
    Contains("verify peer.example>here.example " + longest));
  EXPECT_THAT(
    s.sends("<db:result from='other.example' to='here.example'>" + longest + "k</db:result>"),
    Contains(AllOf(StartsWith("send <db:result"), HasSubstr("type='error'"),
                   HasSubstr("policy-violation"))));
  EXPECT_NE(s.stream.state(), phase::closed);
}

/// XEP-0220 §2.4.1: a text that can't be a key is not the key that the hub made, so it is invalid.
TEST(IncomingDialback, answers_questions_about_keys_that_can_be_none) {
  scene s{tls_optional, clear};
  for (const auto& key : {std::string{}, std::string(max_dialback_key + 1, 'k'),
                          std::string(7000, 'k'), std::string{"<a/>"}, std::string{"&#10;"}})
    EXPECT_THAT(
      s.sends("<db:verify from='peer.example' to='here.example' id='i'>" + key + "</db:verify>"),
      Contains(AllOf(StartsWith("send <db:verify"), HasSubstr("type='invalid'"))));
  EXPECT_NE(s.stream.state(), phase::closed);
}

} // namespace
} // namespace fedhub
