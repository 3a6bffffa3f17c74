#include "protocol/negotiation/external_exchange.hpp"

#include <gtest/gtest.h>

#include "protocol/events/stream_header.hpp"
#include "protocol/text/namespaces.hpp"
#include "protocol/xml/stream_element.hpp"

namespace fedhub {
namespace {

const stream_header header = [] {
  stream_header header;
  header.bindings = {{"stream", std::string{ns::streams}}, {"", std::string{ns::server}}};
  return header;
}();

domain_name domain(std::string_view text) { return domain_name::parse(text).value(); }

stream_element parse(std::string_view xml) {
  auto parsed = stream_element::parse(xml, header.bindings);
  EXPECT_TRUE(parsed) << xml;
  return std::move(*parsed);
}

const external_context proven{true, domain("sender.example"), {.proven = true}};

constexpr std::string_view auth =
  "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>";
constexpr std::string_view bare_auth =
  "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'/>";
constexpr std::string_view bad_auth =
  "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>=</auth>";
constexpr std::string_view response = "<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>";
constexpr std::string_view bad_response =
  "<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>?</response>";
constexpr std::string_view abort_it = "<abort xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>";
constexpr std::string_view challenge = "<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>";
constexpr std::string_view realm =
  "<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>cmVhbG0=</challenge>";
constexpr std::string_view success = "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>";
constexpr std::string_view failure =
  "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><aborted/></failure>";
constexpr std::string_view mechanisms = "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>";
constexpr std::string_view stranger = "<success/>";

std::string words(const std::optional<external_decision>& decision) {
  if (!decision)
    return "no element of an initiating server";
  return decision->is == external_decision::outcome::failure
           ? std::string{to_string(decision->why)}
           : std::string{to_string(step_of(*decision))};
}

TEST(ExternalReceiver, answers_each_element_in_its_place) {
  const struct {
    const char* what;
    std::vector<std::string_view> says;
    std::vector<std::string> hears;
  } rows[] = {
    {"at once", {auth}, {"success"}},
    {"by a challenge", {bare_auth, response}, {"challenge", "success"}},
    {"by a challenge, badly", {bare_auth, bad_response}, {"challenge", "incorrect-encoding"}},
    {"the challenge is good for one response",
     {bare_auth, bad_response, response},
     {"challenge", "incorrect-encoding", "malformed-request"}},
    {"a response to nothing", {response}, {"malformed-request"}},
    {"an abort of nothing", {abort_it}, {"aborted"}},
    {"an abort", {bare_auth, abort_it}, {"challenge", "aborted"}},
    {"a response after the abort",
     {bare_auth, abort_it, response},
     {"challenge", "aborted", "malformed-request"}},
    {"anew after a failure", {bad_auth, auth}, {"invalid-mechanism", "success"}},
    {"anew in place of the response", {bare_auth, auth}, {"challenge", "success"}},
    {"anew, then the response",
     {bare_auth, bare_auth, response},
     {"challenge", "challenge", "success"}},
    {"a challenge", {challenge}, {"no element of an initiating server"}},
    {"a success", {success}, {"no element of an initiating server"}},
    {"a failure", {failure}, {"no element of an initiating server"}},
    {"features", {mechanisms}, {"no element of an initiating server"}},
    {"another namespace", {stranger}, {"no element of an initiating server"}},
  };
  for (const auto& row : rows) {
    external_receiver receiver;
    for (size_t i = 0; i < row.says.size(); ++i)
      EXPECT_EQ(words(receiver.decide(parse(row.says[i]).root(), proven)), row.hears[i])
        << row.what << ", element " << i;
    EXPECT_FALSE(receiver.exhausted()) << row.what;
  }
}

TEST(ExternalReceiver, ends_after_too_many_failures_of_any_kind) {
  const struct {
    const char* what;
    std::vector<std::string_view> says; ///< repeated.
    unsigned failures;                  ///< in one repetition.
  } rows[] = {
    {"attempts", {bad_auth}, 1},
    {"responses to nothing", {response}, 1},
    {"aborts", {bare_auth, abort_it}, 1},
    {"bad responses", {bare_auth, bad_response}, 1},
    {"challenges left unanswered", {bare_auth, bare_auth}, 1},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.what);
    external_receiver receiver;
    unsigned step = 0;
    while (!receiver.exhausted() && step < 100)
      receiver.decide(parse(row.says[step++ % row.says.size()]).root(), proven);
    EXPECT_TRUE(receiver.exhausted());
    EXPECT_GE(step, external_receiver::max_failures);
    EXPECT_LE(step, external_receiver::max_failures * row.says.size());
  }
}

TEST(ExternalInitiator, answers_each_element_in_its_place) {
  using outcome = external_initiator::outcome;
  const auto step = [](const external_initiator::reaction& reaction) -> std::string {
    switch (reaction.is) {
    case outcome::pending:
      EXPECT_EQ(sasl_step_of(parse(reaction.xml).root()), reaction.step);
      return std::string{to_string(reaction.step)};
    case outcome::success:
      return "success";
    case outcome::failure:
      return std::string{to_string(reaction.answer.why)};
    case outcome::invalid:
      break;
    }
    return "invalid";
  };
  const struct {
    const char* what;
    std::vector<std::string_view> hears;
    std::vector<std::string> says;
  } rows[] = {
    {"at once", {success}, {"success"}},
    {"by a challenge", {challenge, success}, {"response", "success"}},
    {"a failure", {failure}, {"aborted"}},
    {"a failure after the response", {challenge, failure}, {"response", "aborted"}},
    {"a second challenge", {challenge, challenge, failure}, {"response", "abort", "aborted"}},
    {"a challenge that asks", {realm, failure}, {"abort", "aborted"}},
    {"a challenge after the abort", {realm, challenge}, {"abort", "invalid"}},
    {"a success after the abort", {realm, success}, {"abort", "invalid"}},
    {"an initiating server's element", {auth}, {"invalid"}},
    {"another namespace", {stranger}, {"invalid"}},
  };
  for (const auto& row : rows) {
    external_initiator initiator{domain("sender.example")};
    EXPECT_EQ(initiator.begin(), external_auth_xml(domain("sender.example")));
    for (size_t i = 0; i < row.hears.size(); ++i)
      EXPECT_EQ(step(initiator.on(parse(row.hears[i]).root())), row.says[i])
        << row.what << ", element " << i;
  }
}

TEST(ExternalInitiator, authenticates_at_a_receiver) {
  using outcome = external_initiator::outcome;
  external_receiver receiver;
  external_initiator initiator{domain("sender.example")};
  const auto decision = receiver.decide(parse(initiator.begin()).root(), proven);
  ASSERT_TRUE(decision);
  EXPECT_EQ(initiator.on(parse(external_decision_xml(*decision)).root()).is, outcome::success);
}

} // namespace
} // namespace fedhub
