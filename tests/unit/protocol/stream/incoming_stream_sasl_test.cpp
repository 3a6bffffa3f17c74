#include <gmock/gmock.h>
#include <set>

#include "protocol/events/dialback_outcome.hpp"
#include "protocol/text/base64.hpp"
#include "protocol/text/domain_pair.hpp"
#include "tests/unit/protocol/stream/incoming_scene.hpp"

namespace fedhub {
namespace {

using namespace testing::incoming;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

std::string sasl(std::string_view name, std::string_view rest) {
  return "<" + std::string{name} + " xmlns='urn:ietf:params:xml:ns:xmpp-sasl'" + std::string{rest};
}

std::string auth(std::string_view text) {
  return sasl("auth", " mechanism='EXTERNAL'>" + std::string{text} + "</auth>");
}

const std::string bare_auth = sasl("auth", " mechanism='EXTERNAL'/>");
const std::string external_offer = external_offer_xml();

std::string header_from(std::string_view from, std::string_view to) {
  std::string text = "<stream:stream xmlns='jabber:server' "
                     "xmlns:stream='http://etherx.jabber.org/streams' "
                     "xmlns:db='jabber:server:dialback' version='1.0'";
  if (!from.empty())
    text.append(" from='").append(from).append("'");
  if (!to.empty())
    text.append(" to='").append(to).append("'");
  return text.append(">");
}

/// A certificate that proves peer.example, other.example, denied.example. A domain named after a
/// condition of SASL fails with that condition.
scripted_policy rules() {
  auto result = policy();
  result.proven = [](const domain_name& sender) -> identity_proof {
    for (const char* name : {"peer.example", "other.example", "denied.example"})
      if (sender.str() == name)
        return {.proven = true};
    for (size_t i = 0; i < sasl_failure_count; ++i) {
      const auto why = static_cast<sasl_failure>(i);
      if (sender.str() == std::string{to_string(why)} + ".example")
        return {false, why, "by the rules"};
    }
    return {};
  };
  return result;
}

/// Returns the steps to TLS with this header.
lines secure_as(const std::string& last_header) {
  lines way = secure;
  way.back() = last_header;
  return way;
}

scene secured_scene() { return scene{options(tls_required), rules(), secure}; }

TEST(IncomingExternal, is_offered_only_to_a_sender_that_is_proven_on_tls) {
  struct row {
    const char* name;
    lines before;
    std::string header;
    bool offered;
  };
  const lines tls{secure.begin(), secure.end() - 1};
  lines again = secure;
  again.push_back(auth("="));
  const row rows[] = {
    {"proven", tls, header_from("peer.example", "here.example"), true},
    {"proven, no target", tls, header_from("peer.example", ""), true},
    {"in clear text", {}, header_from("peer.example", "here.example"), false},
    {"not proven", tls, header_from("third.example", "here.example"), false},
    {"nobody", tls, header_from("", "here.example"), false},
    {"proven, but not let in", tls, header_from("denied.example", "here.example"), false},
    {"after success", again, header_from("peer.example", "here.example"), false},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    scene s{options(tls_optional), rules(), row.before};
    const auto features = s.sends(row.header)[0];
    EXPECT_THAT(features, HasSubstr("<dialback "));
    if (row.offered)
      EXPECT_THAT(features, HasSubstr(external_offer));
    else
      EXPECT_THAT(features, Not(HasSubstr("mechanism")));
  }
}

/// Plays the three ways in which servers send the initial response.
TEST(IncomingExternal, authorises_the_pair_of_the_header_after_success) {
  const std::vector<lines> ways = {
    {auth(to_base64("peer.example"))},
    {auth("=")},
    {bare_auth, sasl("response", "/>")},
  };
  for (const auto& way : ways) {
    SCOPED_TRACE(way[0]);
    auto s = secured_scene();
    const auto first_id = s.stream.stream_id();
    for (size_t i = 0; i + 1 < way.size(); ++i)
      EXPECT_THAT(s.sends(way[i]),
                  ElementsAre("saw auth", "send " + sasl("challenge", "/>"), "sent challenge"));
    EXPECT_THAT(s.sends(way.back()),
                ElementsAre(AnyOf("saw auth", "saw response"), "send " + sasl("success", "/>"),
                            "sent success", "restart"));
    EXPECT_EQ(s.stream.state(), phase::await_authenticated_header);
    EXPECT_FALSE(s.stream.authorised(pair)) << "there is no stream yet";
    EXPECT_NE(s.stream.stream_id(), first_id);
    EXPECT_THAT(s.sends(header),
                ElementsAre(AllOf(HasSubstr("id='" + s.stream.stream_id() + "'"),
                                  EndsWith("<stream:features><dialback "
                                           "xmlns='urn:xmpp:features:dialback'><errors/>"
                                           "</dialback></stream:features>")),
                            "ready", "authorised peer.example>here.example by external"));
    EXPECT_TRUE(s.stream.authorised(pair));
    EXPECT_EQ(s.stream.peer_name(), "peer.example");
    s.sends("<message from='peer.example' to='here.example'/>");
    EXPECT_EQ(s.driver.stanzas(), 1u);
    EXPECT_EQ(s.stream.state(), phase::authenticated);
  }
}

TEST(IncomingExternal, answers_each_fault_by_its_condition_and_goes_on) {
  struct row {
    const char* condition;
    lines way;
    lines says; ///< the last one is the fault.
  };
  auto unproven = [](const char* name) {
    return secure_as(header_from(name + std::string{".example"}, "here.example"));
  };
  const row rows[] = {
    {"aborted", secure, {bare_auth, sasl("abort", "/>")}},
    {"account-disabled", unproven("account-disabled"), {auth("=")}},
    {"credentials-expired", unproven("credentials-expired"), {auth("=")}},
    {"encryption-required", clear, {auth("=")}},
    {"incorrect-encoding", secure, {auth("peer.example")}},
    {"invalid-authzid", secure, {auth(to_base64("other.example"))}},
    {"invalid-mechanism", secure, {sasl("auth", " mechanism='PLAIN'>=</auth>")}},
    {"malformed-request", secure, {sasl("response", "/>")}},
    {"malformed-request", secure, {auth("<x/>")}},
    {"mechanism-too-weak", unproven("mechanism-too-weak"), {auth("=")}},
    {"not-authorized", secure_as(header_from("third.example", "here.example")), {auth("=")}},
    {"not-authorized", secure_as(header_from("denied.example", "here.example")), {auth("=")}},
    {"not-authorized", secure_as(header_from("", "here.example")), {auth("=")}},
    {"temporary-auth-failure", unproven("temporary-auth-failure"), {auth("=")}},
  };
  std::set<std::string> conditions;
  for (const auto& row : rows) {
    SCOPED_TRACE(std::string{row.condition} + " after " + row.says.back());
    conditions.insert(row.condition);
    scene s{options(tls_optional), rules(), row.way};
    const auto before = s.stream.state();
    lines heard;
    for (const auto& xml : row.says)
      heard = s.sends(xml);
    ASSERT_THAT(heard, SizeIs(3));
    EXPECT_THAT(heard[0], StartsWith("saw "));
    EXPECT_THAT(heard[1], StartsWith("send " + sasl("failure", "><") + row.condition + "/>"));
    EXPECT_THAT(heard[2], StartsWith(std::string{"sent failure "} + row.condition));
    EXPECT_EQ(s.stream.state(), before);
    // Dialback on the same stream.
    EXPECT_THAT(s.sends("<db:result from='fourth.example' to='here.example'>k</db:result>"),
                Contains("verify fourth.example>here.example k"));
  }
  EXPECT_EQ(conditions.size(), sasl_failure_count) << "RFC 6120 §6.5, all of it";
}

TEST(IncomingExternal, tells_a_sender_that_is_not_let_in_why) {
  scene s{options(tls_optional), rules(), secure_as(header_from("denied.example", "here.example"))};
  EXPECT_THAT(s.sends(auth("="))[1], HasSubstr(describe(failure::domain_denied)));
}

TEST(IncomingExternal, ends_the_stream_after_too_many_attempts) {
  for (const auto& attempt :
       {auth(to_base64("other.example")), sasl("response", "/>"), sasl("abort", "/>")}) {
    SCOPED_TRACE(attempt);
    auto s = secured_scene();
    for (unsigned i = 1; i < external_receiver::max_failures; ++i)
      EXPECT_THAT(s.sends(attempt).back(), StartsWith("sent failure "));
    EXPECT_THAT(s.sends(attempt), ElementsAre(StartsWith("saw "), HasSubstr("<policy-violation "),
                                              StartsWith("close policy-violation stream-invalid")));
  }
}

TEST(IncomingExternal, still_succeeds_at_the_last_attempt) {
  auto s = secured_scene();
  for (unsigned i = 1; i < external_receiver::max_failures; ++i)
    s.sends(auth("?"));
  EXPECT_THAT(s.sends(auth("=")).back(), "restart");
}

TEST(IncomingExternal, holds_the_next_header_against_what_was_authenticated) {
  struct row {
    const char* name;
    std::string header;
    const char* outcome;
    bool authorised;
  };
  const row rows[] = {
    {"the same", header_from("peer.example", "here.example"),
     "authorised peer.example>here.example by external", true},
    {"the same in another form", header_from("PEER.example.", "here.example"),
     "authorised peer.example>here.example by external", true},
    {"another target", header_from("peer.example", "also.example"),
     "authorised peer.example>also.example by external", false},
    {"no target", header_from("peer.example", ""), "ready", false},
    {"another sender", header_from("third.example", "here.example"),
     "close not-authorized stream-invalid", false},
    {"another sender of the certificate", header_from("other.example", "here.example"),
     "close not-authorized stream-invalid", false},
    {"nobody", header_from("", "here.example"), "close not-authorized stream-invalid", false},
    {"a target that is not served", header_from("peer.example", "nowhere.example"),
     "close host-unknown stream-invalid", false},
    {"no header", "<auth/>", "close invalid-namespace stream-invalid", false},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    auto s = secured_scene();
    s.sends(auth("="));
    const auto heard = s.sends(row.header);
    EXPECT_THAT(heard.back(), StartsWith(row.outcome));
    EXPECT_EQ(s.stream.authorised(pair), row.authorised);
  }
}

TEST(IncomingExternal, authorises_no_target_that_policy_closes_to_the_sender) {
  auto closed = rules();
  closed.admitted = [](const domain_pair& x) {
    return x.to.str() == "also.example" ? failure::domain_denied : failure::none;
  };
  scene s{options(tls_required), closed, secure};
  s.sends(auth("="));
  EXPECT_THAT(s.sends(header_from("peer.example", "also.example")), SizeIs(2));
  EXPECT_FALSE(s.stream.authenticated());
}

TEST(IncomingExternal, ends_on_sasl_where_it_has_no_place) {
  lines done = secure;
  done.push_back(auth("="));
  done.emplace_back(header);
  struct row {
    const char* name;
    lines way;
    std::string xml;
  };
  for (const row& line : {
         row{"again after success", done, auth("=")},
         row{"a response after success", done, sasl("response", "/>")},
         row{"an abort after success", done, sasl("abort", "/>")},
         row{"an answer on TLS", secure, sasl("success", "/>")},
         row{"an answer in clear text", clear, sasl("challenge", "/>")},
         row{"no element of SASL", secure, sasl("x", "/>")},
       }) {
    SCOPED_TRACE(line.name);
    scene s{options(tls_optional), rules(), line.way};
    EXPECT_THAT(s.sends(line.xml).back(), StartsWith("close policy-violation stream-invalid"));
  }
}

TEST(IncomingExternal, ends_if_octets_follow_the_element_that_would_bring_success) {
  for (auto more : std::initializer_list<std::string_view>{" ", "\n", "<", header}) {
    SCOPED_TRACE(std::string{more});
    scene s{options(tls_required), rules(), secure};
    const auto heard = s.sends(auth("=") + std::string{more});
    EXPECT_THAT(heard, ElementsAre("saw auth", StartsWith("send <stream:error><policy-violation"),
                                   StartsWith("close policy-violation stream-invalid octets")));
    EXPECT_FALSE(s.stream.authenticated());
  }
}

TEST(IncomingExternal, says_a_header_before_the_error_if_it_fails_after_success) {
  auto s = secured_scene();
  s.sends(auth("="));
  EXPECT_THAT(
    s.driver.run(s.stream.fail(stream_error::connection_timeout, failure::stream_timeout, "late")),
    ElementsAre(AllOf(HasSubstr("<stream:stream "), HasSubstr("<connection-timeout ")),
                StartsWith("close connection-timeout")));
}

TEST(IncomingExternal, forgets_keys_of_the_stream_before_success) {
  auto s = secured_scene();
  const auto key_of_third = "<db:result from='third.example' to='here.example'>k</db:result>";
  const domain_pair third{domain("third.example"), domain("here.example")};
  const auto id = s.stream.stream_id();
  s.sends(key_of_third);
  s.sends(auth("="));
  s.sends(header);
  EXPECT_THAT(s.stream.on_verified(third, id, dialback_outcome::valid, failure::none, ""),
              ::testing::IsEmpty());
  EXPECT_THAT(s.sends(key_of_third), Contains("verify third.example>here.example k"));
}

// ---- XEP-0344 ----------------------------------------------------------------------------------

TEST(IncomingProof, takes_keys_of_a_proven_sender_without_asking_anybody) {
  lines external = secure;
  external.push_back(auth("="));
  external.emplace_back(header);
  for (const auto& way : {secure, external}) {
    scene s{options(tls_required), rules(), way};
    EXPECT_THAT(s.sends(other_key),
                ElementsAre("saw key other.example>here.example",
                            "send <db:result from='here.example' to='other.example' type='valid'/>",
                            "sent result other.example>here.example valid",
                            "authorised other.example>here.example by certificate"));
    EXPECT_TRUE(s.stream.authorised(other_pair));
  }
}

TEST(IncomingProof, counts_for_nothing_in_clear_text) {
  scene s{options(tls_optional), rules(), clear};
  EXPECT_THAT(s.sends(other_key), Contains("verify other.example>here.example k-2"));
}

TEST(IncomingProof, is_asked_for_where_dialback_is_not_enough) {
  auto strict = rules();
  strict.dialback = false;
  scene s{options(tls_required), strict, secure};
  EXPECT_THAT(s.sends(key).back(), "authorised peer.example>here.example by certificate");
  const auto heard = s.sends("<db:result from='third.example' to='here.example'>k</db:result>");
  EXPECT_THAT(heard,
              ElementsAre("saw key third.example>here.example",
                          StartsWith("send <db:result from='here.example' to='third.example' "
                                     "type='error'><error type='cancel'><policy-violation "),
                          "sent result third.example>here.example error"));
  EXPECT_EQ(s.stream.state(), phase::secured);
}

TEST(IncomingProof, takes_a_proven_sender_however_many_keys_are_under_verification) {
  auto s = secured_scene();
  for (size_t i = 0; i < incoming_stream::max_pending_pairs; ++i)
    s.sends("<db:result from='p" + std::to_string(i) + ".example' to='here.example'>k</db:result>");
  EXPECT_THAT(s.sends(other_key), Contains(StartsWith("authorised ")));
}

TEST(IncomingProof, does_not_let_in_whom_policy_keeps_out) {
  auto s = secured_scene();
  EXPECT_THAT(s.sends("<db:result from='denied.example' to='here.example'>k</db:result>"),
              Contains(HasSubstr("<policy-violation ")));
  EXPECT_FALSE(s.stream.authenticated());
}

} // namespace
} // namespace fedhub
