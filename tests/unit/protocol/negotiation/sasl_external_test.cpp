#include "protocol/negotiation/sasl_external.hpp"

#include <gtest/gtest.h>

#include "protocol/events/stream_header.hpp"
#include "protocol/text/base64.hpp"
#include "protocol/text/namespaces.hpp"

namespace fedhub {
namespace {

using namespace std::string_literals;
using outcome = external_decision::outcome;
using enum sasl_failure;

const stream_header header = [] {
  stream_header header;
  header.bindings = {{"stream", std::string{ns::streams}}, {"", std::string{ns::server}}};
  return header;
}();

stream_element parse(const std::string& xml) {
  auto parsed = stream_element::parse(xml, header.bindings);
  EXPECT_TRUE(parsed) << xml;
  return std::move(*parsed);
}

domain_name domain(std::string_view text) { return domain_name::parse(text).value(); }

std::string sasl(std::string_view name, std::string_view rest) {
  return "<" + std::string{name} + " xmlns='urn:ietf:params:xml:ns:xmpp-sasl'" + std::string{rest};
}

std::string auth(std::string_view text) {
  return sasl("auth", " mechanism='EXTERNAL'>" + std::string{text} + "</auth>");
}

const identity_proof proven{.proven = true};

/// A stream with a certificate that proves `sender.example`.
const external_context good{true, domain("sender.example"), proven};

struct expected {
  outcome is;
  sasl_failure why = not_authorized;
};

void expect(const char* what, const external_decision& decision, const expected& wanted) {
  SCOPED_TRACE(what);
  EXPECT_EQ(decision.is, wanted.is) << decision.detail;
  if (wanted.is == outcome::failure) {
    EXPECT_EQ(to_string(decision.why), to_string(wanted.why));
    EXPECT_FALSE(decision.detail.empty());
    EXPECT_NE(
      external_decision_xml(decision).find("<"s + std::string{to_string(wanted.why)} + "/>"),
      std::string::npos);
  }
}

TEST(SaslExternal, decides_on_the_first_request) {
  const auto identity = [](std::string_view text) { return auth(to_base64(text)); };
  const expected success{outcome::success}, challenge{outcome::challenge};
  const auto failure = [](sasl_failure why) { return expected{outcome::failure, why}; };
  const struct {
    const char* what;
    std::string xml;
    expected wanted;
  } rows[] = {
    {"empty identity", auth("="), success},
    {"empty identity, white space around", auth(" =\n"), success},
    {"the sender domain", identity("sender.example"), success},
    {"the sender domain in another form", identity("SENDER.example."), success},
    {"no initial response", sasl("auth", " mechanism='EXTERNAL'/>"), challenge},
    {"another domain", identity("other.example"), failure(invalid_authzid)},
    {"a JID", identity("user@sender.example"), failure(invalid_authzid)},
    {"a resource", identity("sender.example/r"), failure(invalid_authzid)},
    {"no UTF-8", identity("sender\xFF.example"), failure(invalid_authzid)},
    {"a NUL", identity("sender.example\0"s), failure(malformed_request)},
    {"no base64", auth("sender.example"), failure(incorrect_encoding)},
    {"white space within", auth("c2Vu ZGVyLmV4YW1wbGU="), failure(incorrect_encoding)},
    {"no padding", auth("c2VuZGVyLmV4YW1wbGU"), failure(incorrect_encoding)},
    {"too much of =", auth("=="), failure(incorrect_encoding)},
    {"a child element", auth("=<x/>"), failure(malformed_request)},
    {"a child element alone", auth("<x/>"), failure(malformed_request)},
    {"another mechanism", sasl("auth", " mechanism='PLAIN'>=</auth>"), failure(invalid_mechanism)},
    {"a mechanism in small letters", sasl("auth", " mechanism='external'>=</auth>"),
     failure(invalid_mechanism)},
    {"no mechanism", sasl("auth", ">=</auth>"), failure(invalid_mechanism)},
  };
  for (const auto& x : rows)
    expect(x.what, decide_on_auth(parse(x.xml).root(), good), x.wanted);
}

TEST(SaslExternal, decides_on_the_response_to_its_challenge) {
  const auto decide = [&](std::string_view rest) {
    return decide_on_response(parse(sasl("response", rest)).root(), good);
  };
  expect("empty", decide("/>"), {outcome::success});
  expect("empty, written out", decide(">=</response>"), {outcome::success});
  expect("an identity", decide(">" + to_base64("sender.example") + "</response>"),
         {outcome::success});
  expect("another identity", decide(">" + to_base64("other.example") + "</response>"),
         {outcome::failure, invalid_authzid});
  expect("no base64", decide(">?</response>"), {outcome::failure, incorrect_encoding});
  expect("a child", decide("><a/></response>"), {outcome::failure, malformed_request});
}

TEST(SaslExternal, says_of_an_unproven_domain_what_the_proof_says) {
  for (size_t i = 0; i < sasl_failure_count; ++i) {
    const auto why = static_cast<sasl_failure>(i);
    const external_context context{true, domain("sender.example"), {false, why, "a reason"}};
    const auto decision = decide_on_auth(parse(auth("=")).root(), context);
    expect(to_string(why).data(), decision, {outcome::failure, why});
    EXPECT_EQ(decision.detail, "a reason");
    EXPECT_FALSE(may_offer_external(context));
  }
}

TEST(SaslExternal, is_offered_only_where_it_would_succeed) {
  const auto from = domain("sender.example");
  const struct {
    const char* what;
    external_context context;
    expected wanted;
  } rows[] = {
    {"proved", good, {outcome::success}},
    {"not on TLS", {false, from, proven}, {outcome::failure, encryption_required}},
    {"no sender domain", {true, {}, proven}, {outcome::failure, not_authorized}},
    {"not proved", {true, from, {false, not_authorized, "x"}}, {outcome::failure, not_authorized}},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(may_offer_external(row.context), row.wanted.is == outcome::success) << row.what;
    expect(row.what, decide_on_auth(parse(auth("=")).root(), row.context), row.wanted);
  }
}

TEST(SaslExternal, proves_no_identity_to_a_stream_without_sender_domain) {
  const external_context context{true, {}, proven};
  expect("the certificate's own",
         decide_on_auth(parse(auth(to_base64("sender.example"))).root(), context),
         {outcome::failure, invalid_authzid});
  const auto nobody = decide_on_auth(parse(auth("=")).root(), context);
  expect("nobody's", nobody, {outcome::failure, not_authorized});
  EXPECT_EQ(nobody.detail, "the stream header names no domain to prove");
}

TEST(SaslExternal, fails_on_an_abort) {
  expect("abort", decide_on_abort(), {outcome::failure, aborted});
  EXPECT_EQ(sasl_step_of(parse(sasl_abort_xml()).root()), sasl_step::abort);
}

TEST(SaslExternal, knows_its_elements) {
  using enum sasl_step;
  for (const auto step : {sasl_step::auth, challenge, response, abort, success, failure}) {
    const auto name = std::string{to_string(step)};
    EXPECT_EQ(sasl_step_of(parse(sasl(name, "/>")).root()), step) << name;
    EXPECT_EQ(sasl_step_of(parse("<" + name + "/>").root()), std::nullopt) << name;
  }
  EXPECT_EQ(sasl_step_of(parse(sasl("mechanisms", "/>")).root()), std::nullopt);
  EXPECT_EQ(step_of({.is = outcome::challenge}), challenge);
  EXPECT_EQ(step_of({.is = outcome::success}), success);
  EXPECT_EQ(step_of({.is = outcome::failure}), failure);
}

TEST(SaslExternal, is_found_in_the_features) {
  const auto features = [](std::string_view inside) {
    return offers_external(
      parse("<stream:features>" + std::string{inside} + "</stream:features>").root());
  };
  EXPECT_TRUE(features(external_offer_xml()));
  EXPECT_TRUE(features(sasl("mechanisms", "><mechanism>PLAIN</mechanism><mechanism> EXTERNAL\n"
                                          "</mechanism></mechanisms>")));
  EXPECT_FALSE(features(""));
  EXPECT_FALSE(features(sasl("mechanisms", "/>")));
  EXPECT_FALSE(features(sasl("mechanisms", "><mechanism>external</mechanism></mechanisms>")));
  EXPECT_FALSE(features(sasl("mechanisms", "><mechanism>EXTERNAL-PLUS</mechanism></mechanisms>")));
  EXPECT_FALSE(features("<mechanisms><mechanism>EXTERNAL</mechanism></mechanisms>"));
  EXPECT_FALSE(
    features(sasl("mechanisms", "><mechanism xmlns='urn:x'>EXTERNAL</mechanism></mechanisms>")));
}

TEST(SaslExternal, is_tried_with_the_sender_domain_or_with_nothing) {
  EXPECT_EQ(external_auth_xml(domain("sender.example")),
            "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>"
            "c2VuZGVyLmV4YW1wbGU=</auth>");
  EXPECT_EQ(external_auth_xml({}),
            "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>");
  EXPECT_EQ(external_response_xml({}),
            "<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>=</response>");
  for (const auto& authzid : {domain("sender.example"), domain_name{}}) {
    expect("own request", decide_on_auth(parse(external_auth_xml(authzid)).root(), good),
           {outcome::success});
    expect("own response", decide_on_response(parse(external_response_xml(authzid)).root(), good),
           {outcome::success});
  }
}

TEST(SaslExternal, reads_its_own_answers) {
  using kind = external_answer::kind;
  const auto read = [](const external_decision& x) {
    return read_external_answer(parse(external_decision_xml(x)).root());
  };
  EXPECT_EQ(read({.is = outcome::success}).is, kind::success);
  EXPECT_EQ(read({.is = outcome::challenge}).is, kind::challenge);
  for (size_t i = 0; i < sasl_failure_count; ++i) {
    const auto why = static_cast<sasl_failure>(i);
    const auto result = read({outcome::failure, why, "a < b"});
    EXPECT_EQ(result.is, kind::failure);
    EXPECT_EQ(result.why, why);
    EXPECT_EQ(result.report.str(), std::string{to_string(why)} + ": a < b");
  }
}

TEST(SaslExternal, takes_answers_it_does_not_know_for_what_they_are) {
  using kind = external_answer::kind;
  const auto read = [](const std::string& xml) { return read_external_answer(parse(xml).root()); };
  EXPECT_EQ(read(sasl("challenge", ">=</challenge>")).is, kind::challenge);
  EXPECT_EQ(read(sasl("challenge", ">cmVhbG0=</challenge>")).is, kind::other);
  EXPECT_EQ(read(sasl("abort", "/>")).is, kind::other);
  EXPECT_EQ(read("<success/>").is, kind::other);
  const auto bare = read(sasl("failure", "/>"));
  EXPECT_EQ(bare.is, kind::failure);
  EXPECT_EQ(bare.why, not_authorized);
  const auto strange = read(sasl("failure", "><no-such-thing/></failure>"));
  EXPECT_EQ(strange.why, not_authorized);
  EXPECT_EQ(strange.report.condition, "no-such-thing");
}

} // namespace
} // namespace fedhub
