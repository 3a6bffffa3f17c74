#include "protocol/incoming_stream.hpp"

#include <gmock/gmock.h>

#include "tests/unit/protocol/stream_driver.hpp"

namespace fedhub {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;
using enum stream_security;
using phase = incoming_stream::phase;
using lines = std::vector<std::string>;

domain_name domain(std::string_view text) { return *domain_name::parse(text); }

const dialback_keys keys{"secret"};
const domain_pair pair{domain("peer.example"), domain("here.example")};
const domain_pair other_pair{domain("other.example"), domain("here.example")};

constexpr std::string_view header =
  "<?xml version='1.0'?><stream:stream xmlns='jabber:server' "
  "xmlns:stream='http://etherx.jabber.org/streams' "
  "xmlns:db='jabber:server:dialback' from='peer.example' to='here.example' version='1.0'>";
constexpr std::string_view old_header =
  "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' "
  "xmlns:db='jabber:server:dialback' to='here.example'>";
constexpr std::string_view starttls = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
constexpr std::string_view key =
  "<db:result from='peer.example' to='here.example'>\n k-1 </db:result>";
constexpr std::string_view other_key =
  "<db:result from='other.example' to='here.example'>k-2</db:result>";

/// Serves here.example; denies denied.example; trusts node.example; all of it at one place.
incoming_policy policy() {
  return {
    .serves =
      [](const domain_name& x) { return x.str() == "here.example" || x.str() == "also.example"; },
    .admits =
      [](const domain_pair& x) {
        return x.from.str() == "denied.example" ? failure::domain_denied : failure::none;
      },
    .trusted = [](const domain_name& x) { return x.str() == "node.example"; },
    .authoritative = [](const domain_name& x) { return x.str() == "here.example"; },
  };
}

incoming_stream::options options(stream_security security) {
  return {.security = security, .tls_available = true, .fallback_from = domain("hub.example")};
}

/// The machine and a peer that runs it through these steps ("tls": the handshake).
struct scene {
  explicit scene(stream_security security, const lines& steps = {})
    : stream{options(security), policy(), keys} {
    for (const auto& x : steps)
      sends(x);
  }
  lines sends(std::string_view xml) {
    return xml == "tls" ? driver.run(stream.on_tls_established()) : driver.receive(xml);
  }
  lines verified(const domain_pair& x, dialback_outcome outcome, failure why = failure::none) {
    return driver.run(stream.on_verified(x, stream.stream_id(), outcome, why, ""));
  }
  ~scene() { EXPECT_EQ(driver.violation(), ""); }
  scene(const scene&) = delete;
  scene& operator=(const scene&) = delete;

  incoming_stream stream;
  testing::stream_driver<incoming_stream> driver{stream};
};

const lines clear{std::string{header}};
const lines secure{std::string{header}, std::string{starttls}, "tls", std::string{header}};

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
  for (const auto& x : rows) {
    SCOPED_TRACE(x.name);
    scene s{x.security, x.steps};
    EXPECT_THAT(
      s.sends(header),
      ElementsAre(
        AllOf(StartsWith("send <?xml version='1.0'?><stream:stream xmlns='jabber:server'"),
              HasSubstr(" from='here.example' to='peer.example' id='" + s.stream.stream_id()
                        + "' version='1.0'"),
              EndsWith(std::string{">"} + x.features)),
        "ready"));
    EXPECT_EQ(s.stream.peer_name(), "peer.example");
  }
}

TEST(IncomingStream, offers_no_starttls_without_a_certificate) {
  auto opts = options(tls_optional);
  opts.tls_available = false;
  incoming_stream stream{opts, policy(), keys};
  testing::stream_driver<incoming_stream> driver{stream};
  EXPECT_THAT(driver.receive(header)[0], Not(HasSubstr("starttls")));
  EXPECT_THAT(driver.receive(starttls)[0],
              HasSubstr("<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"));
}

TEST(IncomingStream, answers_headers_that_leave_something_out) {
  struct row {
    const char* name;
    std::string_view attributes;
    const char* answer;
  };
  for (const row& x : {
         row{"no to: by its own name", "from='peer.example' version='1.0'",
             " from='hub.example' to='peer.example'"},
         row{"no from", "to='here.example' version='1.0'", " from='here.example' id="},
         row{"a later version", "to='here.example' version='1.9'", " version='1.0'"},
         row{"a higher version", "to='here.example' version='2.0'", " version='1.0'"},
         row{"a domain in another form", "to='HERE.example.' version='1.0'",
             " from='here.example'"},
       }) {
    SCOPED_TRACE(x.name);
    scene s{tls_optional};
    const auto heard = s.sends(
      "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' "
      + std::string{x.attributes} + ">");
    ASSERT_THAT(heard, SizeIs(2));
    EXPECT_THAT(heard[0], HasSubstr(x.answer));
  }
}

TEST(IncomingStream, refuses_headers_that_break_the_rules_after_a_header_of_its_own) {
  struct row {
    const char* name;
    std::string_view start;
    const char* condition;
  };
  for (const row& x : {
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
    SCOPED_TRACE(x.name);
    for (const auto& before : {lines{}, lines{secure.begin(), secure.end() - 1}}) {
      scene s{tls_optional, before};
      const auto heard = s.sends(x.start);
      ASSERT_THAT(heard, SizeIs(2));
      EXPECT_THAT(heard[0], AllOf(StartsWith("send <?xml version='1.0'?><stream:stream "),
                                  HasSubstr(std::string{"<stream:error><"} + x.condition),
                                  EndsWith("</stream:error></stream:stream>")));
      EXPECT_THAT(heard[1], StartsWith(std::string{"close "} + x.condition + " stream-invalid"));
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
  EXPECT_THAT(s.sends(std::string{starttls} + "<clear-text-behind-it/>"),
              ElementsAre("send <proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", "start tls"));
  EXPECT_EQ(s.stream.state(), phase::await_tls);
  EXPECT_THAT(s.sends("tls"), ElementsAre("restart"));
  EXPECT_NE(s.stream.stream_id(), first_id);
  EXPECT_EQ(s.stream.peer_name(), "");
  EXPECT_THAT(s.sends(header), SizeIs(2));
  EXPECT_EQ(s.stream.state(), phase::secured);
  EXPECT_TRUE(s.stream.secured());
}

TEST(IncomingStream, refuses_starttls_that_it_did_not_offer) {
  const lines with_key{std::string{header}, std::string{key}};
  const lines old{std::string{old_header}};
  struct row {
    const char* name;
    stream_security security;
    lines steps;
  };
  for (const row& x : {row{"no TLS here", no_tls, clear}, row{"on TLS", tls_optional, secure},
                       row{"after dialback began", tls_optional, with_key},
                       row{"without features", tls_optional, old}}) {
    SCOPED_TRACE(x.name);
    scene s{x.security, x.steps};
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

/// The same exchange without and with TLS.
TEST(IncomingStream, verifies_a_key_before_it_takes_stanzas) {
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

TEST(IncomingStream, takes_no_stanza_of_a_pair_that_it_did_not_prove) {
  struct row {
    std::string_view stanza;
    const char* outcome;
  };
  for (const row& x : {
         row{"<message from='spoofed.example' to='here.example'/>", "close invalid-from"},
         row{"<iq xmlns='jabber:server' from='a@spoofed.example' to='here.example'/>",
             "close improper-addressing"},
         row{"<presence from='peer.example' to='also.example'/>", "close invalid-from"},
         row{"<presence from='peer.example' to='nowhere.example'/>", "close host-unknown"},
       }) {
    SCOPED_TRACE(x.stanza);
    scene s{tls_optional, clear};
    s.sends(key);
    s.verified(pair, dialback_outcome::valid);
    EXPECT_THAT(s.sends(x.stanza).back(), StartsWith(x.outcome));
    EXPECT_FALSE(s.stream.authorised(pair)) << "closed";
  }
  scene s{tls_optional, clear};
  EXPECT_THAT(s.sends("<message from='peer.example' to='here.example'/>").back(),
              StartsWith("close not-authorized"));
}

TEST(IncomingStream, answers_keys_that_need_no_verification_at_once) {
  struct row {
    const char* name;
    stream_security security;
    std::string_view xml;
    const char* answer;
  };
  for (const row& x : {
         row{"not served", tls_optional,
             "<db:result from='peer.example' to='nowhere.example'>k</db:result>",
             "send <db:result from='nowhere.example' to='peer.example' type='error'><error "
             "type='cancel'><item-not-found "},
         row{"denied", tls_optional,
             "<db:result from='denied.example' to='here.example'>k</db:result>",
             "send <db:result from='here.example' to='denied.example' type='error'><error "
             "type='cancel'><policy-violation "},
         row{"in clear text where TLS is required", tls_required, key,
             "send <db:result from='here.example' to='peer.example' type='error'><error "
             "type='cancel'><policy-violation "},
       }) {
    SCOPED_TRACE(x.name);
    scene s{x.security, clear};
    const auto heard = s.sends(x.xml);
    ASSERT_THAT(heard, SizeIs(3));
    EXPECT_THAT(heard[0], StartsWith("saw key "));
    EXPECT_THAT(heard[1], StartsWith(x.answer));
    EXPECT_THAT(heard[2], AllOf(StartsWith("sent result "), EndsWith(" error")));
    EXPECT_EQ(s.stream.state(), phase::negotiating);
    EXPECT_FALSE(s.stream.authenticated());
  }
}

TEST(IncomingStream, believes_a_trusted_node) {
  scene s{tls_optional, clear};
  EXPECT_THAT(s.sends("<db:result from='node.example' to='here.example'>k</db:result>"),
              ElementsAre("saw key node.example>here.example",
                          "send <db:result from='here.example' to='node.example' type='valid'/>",
                          "sent result node.example>here.example valid",
                          "authorised node.example>here.example"));
  EXPECT_EQ(s.stream.peer_name(), "node.example");
}

TEST(IncomingStream, asks_once_about_a_pair_however_often_its_key_comes) {
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

TEST(IncomingStream, ends_when_its_only_key_is_invalid) {
  scene s{tls_optional, clear};
  s.sends(key);
  EXPECT_THAT(
    s.verified(pair, dialback_outcome::invalid),
    ElementsAre(
      "sent result peer.example>here.example invalid",
      "send <db:result from='here.example' to='peer.example' type='invalid'/></stream:stream>",
      "close none dialback-refused"));
}

TEST(IncomingStream, keeps_the_other_pairs_when_one_key_is_invalid) {
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

TEST(IncomingStream, names_the_reason_why_a_key_could_not_be_verified) {
  struct row {
    failure why;
    const char* condition;
  };
  for (const row& x : {
         row{failure::dns_not_found, "<remote-server-not-found "},
         row{failure::dns_no_service, "<remote-server-not-found "},
         row{failure::dialback_error, "<remote-server-not-found "},
         row{failure::connect_refused, "<remote-connection-failed "},
         row{failure::tls_failed, "<remote-connection-failed "},
         row{failure::dialback_timeout, "<remote-server-timeout "},
         row{failure::stream_closed, "<remote-server-timeout "},
         row{failure::domain_denied, "<policy-violation "},
         row{failure::memory_full, "<resource-constraint "},
       }) {
    SCOPED_TRACE(to_string(x.why));
    scene s{tls_optional, clear};
    s.sends(key);
    const auto heard = s.verified(pair, dialback_outcome::error, x.why);
    ASSERT_THAT(heard, SizeIs(2));
    EXPECT_THAT(
      heard[0],
      AllOf(StartsWith("send <db:result from='here.example' to='peer.example' type='error'>"),
            HasSubstr(x.condition), HasSubstr(describe(x.why))));
    EXPECT_EQ(s.stream.state(), phase::negotiating);
    EXPECT_THAT(s.sends(key), Contains(StartsWith("verify "))) << "it may try again";
  }
}

TEST(IncomingStream, takes_no_verification_that_it_did_not_ask_for) {
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

TEST(IncomingStream, bounds_the_pairs_under_verification) {
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

TEST(IncomingStream, bounds_the_pairs_that_it_remembers) {
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

TEST(IncomingStream, answers_for_its_domains_as_authoritative_server) {
  // The question's `to` is the sender domain that the key speaks for, its `from` the server that
  // received it.
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
    for (const auto& x : rows) {
      SCOPED_TRACE(x.name);
      scene s{tls_optional, way};
      EXPECT_THAT(
        s.sends(x.xml),
        ElementsAre(
          "saw verify-request here.example>peer.example",
          std::string{"send <db:verify from='here.example' to='peer.example' id='their-id' "}
            + x.answer,
          x.seen));
    }
    scene s{tls_optional, way};
    EXPECT_THAT(
      s.sends(nowhere)[1],
      AllOf(
        StartsWith(
          "send <db:verify from='nowhere.example' to='peer.example' id='their-id' type='error'>"),
        HasSubstr("<item-not-found ")));
  }
  scene s{tls_required, clear};
  EXPECT_THAT(s.sends(rows[0].xml)[1],
              AllOf(HasSubstr("type='error'"), HasSubstr("<policy-violation ")));
}

TEST(IncomingStream, escapes_what_it_repeats) {
  scene s{tls_optional, clear};
  EXPECT_THAT(
    s.sends(
      "<db:verify from='peer.example' to='here.example' id='&apos;&lt;x&#10;'>k</db:verify>")[1],
    HasSubstr(" id='&apos;&lt;x&#10;' type='invalid'/>"));
}

TEST(IncomingStream, reads_dialback_under_any_prefix) {
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

TEST(IncomingStream, refuses_sasl_a_few_times_then_ends) {
  scene s{tls_optional, secure};
  const auto auth = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>";
  for (unsigned i = 1; i < incoming_stream::max_sasl_attempts; ++i)
    EXPECT_THAT(
      s.sends(auth),
      ElementsAre(
        "send <failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><invalid-mechanism/></failure>"));
  EXPECT_THAT(s.sends(auth).back(), StartsWith("close policy-violation stream-invalid"));
}

/// The same faults before TLS, on TLS and after dialback.
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
    {"<nonza xmlns='urn:x'/>", "close unsupported-stanza-type"},
    {"<stream:features/>", "close unsupported-stanza-type"},
    {"<starttls/>", "close unsupported-stanza-type"}, // in jabber:server
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
    for (const auto& x : rows) {
      scene s{tls_optional, way};
      SCOPED_TRACE(std::string{x.xml} + " in phase " + std::string{to_string(s.stream.state())});
      ASSERT_NE(s.stream.state(), phase::closed);
      const auto heard = s.sends(x.xml);
      ASSERT_THAT(heard, SizeIs(2));
      EXPECT_THAT(heard[0], AllOf(EndsWith("</stream:stream>"), Not(HasSubstr("<?xml"))));
      EXPECT_THAT(heard[1], StartsWith(x.outcome));
    }
}

TEST(IncomingStream, refuses_a_key_too_long_to_be_one) {
  scene s{tls_optional, clear};
  const std::string longest(max_dialback_key, 'k');
  EXPECT_THAT(
    s.sends("<db:result from='peer.example' to='here.example'>" + longest + "</db:result>"),
    SizeIs(2));
  EXPECT_THAT(
    s.sends("<db:result from='other.example' to='here.example'>" + longest + "k</db:result>")
      .back(),
    StartsWith("close policy-violation"));
}

TEST(IncomingStream, refuses_an_element_nested_too_deep_to_mean_anything) {
  incoming_stream stream{options(tls_optional), policy(), keys};
  stream_header received;
  received.version_major = 1;
  received.content_namespace = ns::server;
  received.stream_namespace = true;
  stream.on_header(received);
  std::string xml = "<x xmlns='urn:x'>";
  for (int i = 0; i < 10000; ++i)
    xml += "<a>";
  for (int i = 0; i < 10000; ++i)
    xml += "</a>";
  const auto actions = stream.on_element({xml + "</x>", received});
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
