#include <gmock/gmock.h>

#include "protocol/events/stream_action.hpp"
#include "protocol/events/stream_security.hpp"
#include "protocol/text/domain_pair.hpp"
#include "tests/unit/protocol/stream/outgoing_scene.hpp"

namespace fedhub {
namespace {

using namespace testing::outgoing;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;
using OutgoingDialback = OutgoingStream;

TEST_F(OutgoingDialback, finds_dialback_in_features_or_header_under_any_prefix) {
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
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    outgoing_stream machine{{pair.from, pair.to, stream_security::tls_optional}, keys};
    testing::stream_driver<outgoing_stream> driver{machine};
    driver.run(machine.start());
    auto heard = driver.receive(row.header);
    if (!row.features.empty())
      heard = driver.receive(row.features);
    ASSERT_THAT(heard, Not(IsEmpty()));
    EXPECT_THAT(heard.back(), StartsWith(row.outcome));
    EXPECT_EQ(driver.violation(), "");
  }
}

TEST_F(OutgoingDialback, sends_what_was_asked_before_it_was_ready_in_order) {
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

TEST_F(OutgoingDialback, asks_for_a_pair_once_and_again_after_a_refusal) {
  make_ready();
  EXPECT_THAT(peer.run(stream.authenticate(pair)), SizeIs(2));
  EXPECT_THAT(peer.run(stream.authenticate(pair)), IsEmpty());
  sends("<db:result from='target.example' to='sender.example' type='error'/>");
  EXPECT_THAT(peer.run(stream.authenticate(pair)), SizeIs(2));
  sends("<db:result from='target.example' to='sender.example' type='valid'/>");
  EXPECT_THAT(peer.run(stream.authenticate(pair)), IsEmpty());
}

TEST_F(OutgoingDialback, tells_why_a_pair_was_refused) {
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

/// All conditions of XEP-0220 §2.5, and one that no table has.
TEST_F(OutgoingDialback, ends_only_one_question_on_any_typed_error) {
  const domain_pair asked{domain("target.example"), domain("here.example")};
  make_ready();
  for (const std::string condition :
       {"item-not-found", "remote-connection-failed", "remote-server-not-found",
        "remote-server-timeout", "policy-violation", "not-authorized", "forbidden",
        "not-acceptable", "resource-constraint", "internal-server-error", "no-such-condition"}) {
    SCOPED_TRACE(condition);
    const auto error = " type='error'><error type='cancel'><" + condition
                       + " xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";
    peer.run(stream.authenticate(pair));
    peer.run(stream.verify({asked, "in-1", "a"}));
    EXPECT_THAT(
      sends("<db:result from='target.example' to='sender.example'" + error + "</db:result>"),
      ElementsAre("saw result sender.example>target.example error",
                  "refused sender.example>target.example dialback-error " + condition));
    EXPECT_TRUE(stream.busy());
    EXPECT_THAT(sends("<db:verify from='target.example' to='here.example' id='in-1'" + error
                      + "</db:verify>"),
                ElementsAre("saw verify-response target.example>here.example error",
                            "answered target.example>here.example in-1 error " + condition));
    EXPECT_FALSE(stream.busy());
    EXPECT_EQ(stream.state(), phase::ready);
  }
}

TEST_F(OutgoingDialback, takes_no_answer_to_a_question_that_it_did_not_ask) {
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

TEST_F(OutgoingDialback, passes_on_each_answer_of_the_authoritative_server) {
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

TEST_F(OutgoingDialback, asks_about_one_key_of_a_stream_at_a_time) {
  const domain_pair asked{domain("target.example"), domain("here.example")};
  std::vector<std::string> answered;
  peer.watch = [&](const stream_actions& actions) {
    for (const auto& action : actions)
      if (const auto* x = std::get_if<key_answered>(&action))
        answered.push_back(x->key + " " + std::string{to_string(x->outcome)});
  };
  const auto question = [](const std::string& key) {
    return "send <db:verify from='here.example' to='target.example' id='in-1'>" + key
           + "</db:verify>";
  };
  const auto answer = [&](const std::string& type) {
    return sends("<db:verify from='target.example' to='here.example' id='in-1' type='" + type
                 + "'/>");
  };
  peer.run(stream.verify({asked, "in-1", "a"}));
  peer.run(stream.verify({asked, "in-1", "b"}));
  starts();
  sends(header);
  EXPECT_THAT(sends(dialback), ElementsAre("ready", question("a"), StartsWith("sent ")));
  EXPECT_THAT(peer.run(stream.verify({asked, "in-1", "c"})), IsEmpty());
  EXPECT_THAT(peer.run(stream.verify({asked, "in-1", "b"})), IsEmpty()) << "one answer for both";
  EXPECT_THAT(answer("valid"), ElementsAre(StartsWith("saw "), StartsWith("answered "),
                                           question("b"), StartsWith("sent ")));
  EXPECT_THAT(answer("invalid"), ElementsAre(StartsWith("saw "), StartsWith("answered "),
                                             question("c"), StartsWith("sent ")));
  EXPECT_TRUE(stream.busy());
  EXPECT_THAT(answer("error"), SizeIs(2));
  EXPECT_THAT(answer("valid"), IsEmpty());
  EXPECT_FALSE(stream.busy());
  EXPECT_EQ(answered, (lines{"a valid", "b invalid", "c error"}));
}

TEST_F(OutgoingDialback, takes_no_answer_before_it_asked) {
  peer.run(stream.authenticate(pair));
  starts();
  sends(header);
  EXPECT_THAT(sends("<db:result from='target.example' to='sender.example' type='valid'/>").back(),
              StartsWith("close policy-violation"));
  EXPECT_FALSE(stream.authorised(pair));
}

TEST_F(OutgoingDialback, compares_domains_of_answers_in_normal_form) {
  make_ready();
  peer.run(stream.authenticate(pair));
  EXPECT_THAT(sends("<x:result xmlns:x='jabber:server:dialback' from='Target.Example.' "
                    "to='SENDER.example' type='valid'/>"),
              SizeIs(2));
  EXPECT_TRUE(stream.authorised(pair));
}

TEST_F(OutgoingDialback, ends_on_a_question_from_the_other_side) {
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

TEST_F(OutgoingDialback, ends_on_dialback_that_is_malformed) {
  struct row {
    std::string_view xml;
    const char* outcome;
  };
  for (const row& line : {
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
    SCOPED_TRACE(line.xml);
    outgoing_stream machine{{pair.from, pair.to, stream_security::tls_optional}, keys};
    testing::stream_driver<outgoing_stream> driver{machine};
    driver.run(machine.start());
    driver.receive(header);
    driver.receive(dialback);
    EXPECT_THAT(driver.receive(line.xml).back(), StartsWith(line.outcome));
  }
}

TEST_F(OutgoingDialback, knows_whether_the_peer_answers_by_typed_errors) {
  make_ready();
  EXPECT_TRUE(stream.dialback_errors());
}

TEST_F(OutgoingDialback, forgets_questions_for_whose_answer_nobody_waits) {
  const domain_pair asked{domain("target.example"), domain("here.example")};
  peer.run(stream.verify({asked, "in-0", "before it is ready"}));
  peer.run(stream.forget({asked, "in-0", "before it is ready"}));
  starts();
  sends(header);
  EXPECT_THAT(sends(dialback), ElementsAre("ready"));
  for (int i = 0; i < 1000; ++i) {
    const verify_key request{asked, "in-" + std::to_string(i), "key"};
    EXPECT_THAT(peer.run(stream.verify(request)), Not(IsEmpty()));
    EXPECT_TRUE(stream.busy());
    EXPECT_THAT(peer.run(stream.forget(request)), IsEmpty());
    EXPECT_FALSE(stream.busy());
  }
  // A late answer is ignored.
  EXPECT_THAT(sends("<db:verify from='target.example' to='here.example' id='in-7' type='valid'/>"),
              IsEmpty());
}

TEST_F(OutgoingDialback, forgets_keys_for_whose_answer_nobody_waits) {
  peer.run(stream.authenticate(pair));
  EXPECT_FALSE(stream.forget(pair)) << "no key is on the wire before the stream is ready";
  starts();
  sends(header);
  EXPECT_THAT(sends(dialback), ElementsAre("ready"));
  const auto key = peer.run(stream.authenticate(pair));
  EXPECT_THAT(key, SizeIs(2));
  EXPECT_TRUE(stream.forget(pair));
  EXPECT_FALSE(stream.busy());
  EXPECT_FALSE(stream.forget(pair)) << "it is forgotten";
  EXPECT_THAT(sends("<db:result from='target.example' to='sender.example' type='valid'/>"),
              IsEmpty())
    << "an answer that comes late is passed over";
  EXPECT_FALSE(stream.authorised(pair));
  EXPECT_EQ(peer.run(stream.authenticate(pair)), key) << "sent again";
  sends("<db:result from='target.example' to='sender.example' type='valid'/>");
  EXPECT_FALSE(stream.forget(pair)) << "what is authorised stays so";
  EXPECT_TRUE(stream.authorised(pair));
}

TEST_F(OutgoingDialback, waits_for_a_bounded_number_of_answers_to_keys) {
  const auto pair_of = [](size_t i) {
    return domain_pair{domain("sender-" + std::to_string(i) + ".example"),
                       domain("target.example")};
  };
  constexpr auto most = dialback_initiator::max_keys_pending;
  make_ready();
  for (size_t i = 0; i < most; ++i)
    EXPECT_THAT(peer.run(stream.authenticate(pair_of(i))), SizeIs(2));
  EXPECT_THAT(peer.run(stream.authenticate(pair_of(most))),
              ElementsAre(StartsWith("refused sender-1024.example>target.example queue-full")));
  EXPECT_TRUE(stream.forget(pair_of(0)));
  EXPECT_THAT(peer.run(stream.authenticate(pair_of(most))), SizeIs(2));
}

TEST_F(OutgoingDialback, asks_about_the_next_key_of_a_name_when_one_is_forgotten) {
  make_ready();
  const domain_pair asked{domain("target.example"), domain("here.example")};
  peer.run(stream.verify({asked, "in-1", "a"}));
  EXPECT_THAT(peer.run(stream.verify({asked, "in-1", "b"})), IsEmpty());
  EXPECT_THAT(peer.run(stream.verify({asked, "in-1", "c"})), IsEmpty());
  EXPECT_THAT(peer.run(stream.forget({asked, "in-1", "b"})), IsEmpty());
  EXPECT_THAT(peer.run(stream.forget({asked, "in-1", "a"})),
              ElementsAre("send <db:verify from='here.example' to='target.example' "
                          "id='in-1'>c</db:verify>",
                          "sent verify-request target.example>here.example"));
  EXPECT_THAT(peer.run(stream.forget({asked, "in-1", "never asked"})), IsEmpty());
  peer.run(stream.forget({asked, "in-1", "c"}));
  EXPECT_FALSE(stream.busy());
}

} // namespace
} // namespace fedhub
