#include <gmock/gmock.h>

#include "protocol/events/dialback_outcome.hpp"
#include "protocol/events/stream_security.hpp"
#include "protocol/text/domain_pair.hpp"
#include "tests/unit/protocol/stream/incoming_scene.hpp"

namespace fedhub {
namespace {

using namespace testing::incoming;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

constexpr std::string_view bidi = "<bidi xmlns='urn:xmpp:bidi'/>";
constexpr std::string_view offer = "<bidi xmlns='urn:xmpp:features:bidi'/>";
constexpr std::string_view auth =
  "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>";
const domain_pair reverse{pair.to, pair.from};
const lines tls{secure.begin(), secure.end() - 1};

incoming_stream::options with_bidi(stream_security security) {
  auto result = options(security);
  result.bidi = true;
  return result;
}

/// Certificates prove peer.example.
scripted_policy rules() {
  auto result = policy();
  result.proven = [](const domain_name& sender) {
    return identity_proof{.proven = sender.str() == "peer.example"};
  };
  return result;
}

lines and_then(lines way, std::initializer_list<std::string_view> more) {
  way.insert(way.end(), more.begin(), more.end());
  return way;
}

TEST(IncomingBidi, is_offered_where_a_pair_could_still_be_authorised_with_it) {
  struct row {
    const char* name;
    stream_security security;
    bool bidi;
    lines before;
    bool offered;
  };
  for (const row& line : {
         row{"on TLS", tls_required, true, tls, true},
         row{"in clear text, TLS optional", tls_optional, true, {}, true},
         row{"in clear text, TLS required", tls_required, true, {}, false},
         row{"switched off", tls_required, false, tls, false},
         row{"after SASL", tls_required, true, and_then(secure, {auth}), false},
       }) {
    SCOPED_TRACE(line.name);
    auto opts = options(line.security);
    opts.bidi = line.bidi;
    scene s{opts, rules(), line.before};
    const auto features = s.sends(header)[0];
    EXPECT_EQ(features.find(offer) != features.npos, line.offered) << features;
  }
}

/// The hub's stanzas would inherit the language of its header (RFC 6120 §8.1.5).
TEST(IncomingBidi, has_a_header_of_undetermined_language_where_the_hub_may_send_stanzas) {
  struct row {
    const char* name;
    stream_security security;
    bool bidi;
    lines before;
    std::string_view language;
  };
  for (const row& line : {
         row{"on TLS", tls_required, true, tls, "und"},
         row{"in clear text, TLS optional", tls_optional, true, {}, "und"},
         row{"in clear text, TLS required", tls_required, true, {}, "en"},
         row{"switched off", tls_required, false, tls, "en"},
         row{"after SASL", tls_required, true, and_then(secure, {auth}), "en"},
         row{"asked for before SASL", tls_required, true, and_then(secure, {bidi, auth}), "und"},
       }) {
    SCOPED_TRACE(line.name);
    auto opts = options(line.security);
    opts.bidi = line.bidi;
    scene s{opts, rules(), line.before};
    const auto sent = s.sends(header)[0];
    EXPECT_THAT(sent, HasSubstr("xml:lang='" + std::string{line.language} + "'"));
  }
}

TEST(IncomingBidi, lets_the_reverse_of_each_pair_be_sent_once_it_is_authorised) {
  scene s{with_bidi(tls_required), policy(), secure};
  EXPECT_THAT(s.sends(bidi), IsEmpty());
  EXPECT_TRUE(s.stream.bidi());
  s.sends(key);
  EXPECT_FALSE(s.stream.sends(reverse));
  EXPECT_THAT(s.verified(pair, dialback_outcome::valid),
              ElementsAre(StartsWith("send <db:result "), StartsWith("sent result "),
                          "authorised peer.example>here.example",
                          "reverse here.example>peer.example"));
  EXPECT_TRUE(s.stream.sends(reverse));
  EXPECT_FALSE(s.stream.sends(pair));
  EXPECT_FALSE(s.stream.sends({other_pair.to, other_pair.from}));
  s.sends(other_key);
  EXPECT_THAT(s.verified(other_pair, dialback_outcome::valid),
              Contains("reverse here.example>other.example"));
  EXPECT_TRUE(s.stream.sends({other_pair.to, other_pair.from}));
}

/// Prosody asks so: before `<auth/>`, on the stream that SASL ends.
TEST(IncomingBidi, outlives_sasl) {
  scene s{with_bidi(tls_required), rules(), and_then(secure, {bidi, auth})};
  EXPECT_THAT(s.sends(header), ElementsAre(Not(HasSubstr(offer)), "ready",
                                           "authorised peer.example>here.example by external",
                                           "reverse here.example>peer.example"));
}

TEST(IncomingBidi, goes_with_every_way_to_prove_a_pair) {
  scene s{with_bidi(tls_required), rules(), and_then(secure, {bidi})};
  EXPECT_THAT(s.sends(key), Contains("reverse here.example>peer.example"));
  EXPECT_THAT(s.sends("<db:result from='node.example' to='here.example'>k</db:result>"),
              Contains("reverse here.example>node.example"));
}

TEST(IncomingBidi, means_nothing_where_it_was_not_offered) {
  struct row {
    const char* name;
    stream_security security;
    lines way;
  };
  for (const row& line : {
         row{"in clear text, TLS required", tls_required, clear},
         row{"after a pair was authorised", tls_required, and_then(secure, {key})},
         row{"after SASL", tls_required, and_then(secure, {auth, header})},
       }) {
    SCOPED_TRACE(line.name);
    scene s{with_bidi(line.security), rules(), line.way};
    EXPECT_THAT(s.sends(bidi), IsEmpty());
    EXPECT_FALSE(s.stream.bidi());
    EXPECT_FALSE(s.stream.sends(reverse));
    EXPECT_NE(s.stream.state(), phase::closed);
  }
}

TEST(IncomingBidi, is_unknown_where_it_is_switched_off) {
  scene s{tls_required, secure};
  EXPECT_THAT(s.sends(bidi), IsEmpty());
  EXPECT_FALSE(s.stream.bidi());
}

/// ejabberd 24.10 to 26.04 ask with the namespace of the feature.
TEST(IncomingBidi, is_asked_for_by_either_namespace) {
  for (const std::string_view xml :
       {"<bidi xmlns='urn:xmpp:bidi'/>", "<bidi xmlns='urn:xmpp:features:bidi'/>"}) {
    scene s{with_bidi(tls_required), policy(), secure};
    EXPECT_THAT(s.sends(xml), IsEmpty());
    EXPECT_TRUE(s.stream.bidi()) << xml;
  }
}

TEST(IncomingBidi, asked_for_in_clear_text_does_not_count_on_tls) {
  scene s{with_bidi(tls_optional), policy(), {std::string{header}, std::string{bidi}}};
  EXPECT_TRUE(s.stream.bidi());
  for (const auto& step : {std::string{starttls}, std::string{"tls"}, std::string{header}})
    s.sends(step);
  EXPECT_FALSE(s.stream.bidi());
  s.sends(key);
  EXPECT_THAT(s.verified(pair, dialback_outcome::valid), Not(Contains(StartsWith("reverse "))));
}

TEST(IncomingBidi, tells_the_limits_of_the_peer) {
  scene s{with_bidi(tls_required), policy(), secure};
  EXPECT_THAT(
    s.sends("<bidi xmlns='urn:xmpp:bidi'><limits xmlns='urn:xmpp:stream-limits:0'>"
            "<max-bytes>65536</max-bytes><idle-seconds>90</idle-seconds></limits></bidi>"),
    ElementsAre("limits 65536 90"));
}

TEST(IncomingBidi, sends_nothing_once_closed) {
  scene s{with_bidi(tls_required), rules(), and_then(secure, {bidi, key})};
  EXPECT_TRUE(s.stream.sends(reverse));
  s.driver.run(s.stream.close());
  EXPECT_FALSE(s.stream.sends(reverse));
}

TEST(IncomingBidi, still_takes_no_answers_of_dialback) {
  for (const char* xml :
       {"<db:result from='peer.example' to='here.example' type='valid'/>",
        "<db:verify from='peer.example' to='here.example' id='i' type='valid'/>"}) {
    scene s{with_bidi(tls_required), policy(), and_then(secure, {bidi})};
    EXPECT_THAT(s.sends(xml).back(), StartsWith("close policy-violation")) << xml;
  }
}

} // namespace
} // namespace fedhub
