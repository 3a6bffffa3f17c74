#include <gmock/gmock.h>

#include "protocol/events/stream_security.hpp"
#include "protocol/text/domain_pair.hpp"
#include "tests/unit/protocol/stream/outgoing_scene.hpp"

namespace fedhub {
namespace {

using namespace testing::outgoing;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr std::string_view offers =
  "<stream:features><bidi xmlns='urn:xmpp:features:bidi'/><dialback "
  "xmlns='urn:xmpp:features:dialback'><errors/></dialback></stream:features>";
constexpr std::string_view offers_external =
  "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>EXTERNAL"
  "</mechanism></mechanisms><bidi xmlns='urn:xmpp:features:bidi'/></stream:features>";
constexpr std::string_view valid =
  "<db:result from='target.example' to='sender.example' type='valid'/>";
constexpr std::string_view stanza = "<message from='a@target.example' to='b@sender.example'/>";
constexpr std::string_view bidi_sent = "send <bidi xmlns='urn:xmpp:bidi'/>";
const domain_pair reverse{pair.to, pair.from};

class OutgoingBidi : public OutgoingStream {
protected:
  OutgoingBidi() { use({}); }

  void use(outgoing_stream::options options) {
    options.sender = pair.from;
    options.target = pair.to;
    options.bidi = true;
    stream = outgoing_stream{std::move(options), keys};
    peer.renew();
  }
  /// Plays a stream on direct TLS up to these features. @returns the answer to them.
  lines meets(std::string_view features) {
    starts();
    sends(header);
    return sends(features);
  }
  void make_bidi() {
    use({.direct_tls = true});
    peer.run(stream.authenticate(pair));
    meets(offers);
    sends(valid);
    ASSERT_TRUE(stream.authorised(pair));
  }
};

TEST_F(OutgoingBidi, takes_stanzas_of_the_reverse_of_each_authorised_pair) {
  use({.direct_tls = true});
  peer.run(stream.authenticate(pair));
  EXPECT_THAT(meets(offers), ElementsAre(bidi_sent, "ready", StartsWith("send <db:result "),
                                         "sent key sender.example>target.example"));
  EXPECT_TRUE(stream.bidi());
  EXPECT_FALSE(stream.takes(reverse));
  sends(valid);
  EXPECT_TRUE(stream.takes(reverse));
  EXPECT_FALSE(stream.takes(pair));
  EXPECT_FALSE(stream.takes({other_pair.to, other_pair.from}));
  EXPECT_THAT(sends("<message from='target.example' to='sender.example'/>"), IsEmpty());
  EXPECT_EQ(peer.stanzas(), 1u);
}

TEST_F(OutgoingBidi, is_asked_for_before_sasl_and_outlives_it) {
  use({.external = true, .direct_tls = true});
  EXPECT_THAT(meets(offers_external),
              ElementsAre(bidi_sent, StartsWith("send <auth "), "sent auth"));
  EXPECT_FALSE(stream.takes(reverse));
  sends("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
  sends(secure_header);
  EXPECT_FALSE(stream.takes(reverse)) << "not before the features";
  EXPECT_THAT(sends(offers), ElementsAre("ready")) << "asked for once";
  EXPECT_TRUE(stream.takes(reverse)) << "whether the pair was asked for or not";
}

TEST_F(OutgoingBidi, is_asked_for_only_where_it_is_offered_and_may_be) {
  using enum stream_security;
  constexpr std::string_view starttls_and_bidi =
    "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
    "<bidi xmlns='urn:xmpp:features:bidi'/></stream:features>";
  constexpr std::string_view other_namespace =
    "<stream:features><bidi xmlns='urn:x'/><dialback "
    "xmlns='urn:xmpp:features:dialback'/></stream:features>";
  constexpr std::string_view of_ejabberd =
    "<stream:features><bidi xmlns='urn:xmpp:bidi'/><dialback "
    "xmlns='urn:xmpp:features:dialback'/></stream:features>";
  struct row {
    const char* name;
    stream_security security;
    bool wanted;
    std::string_view features;
    bool asked;
  };
  for (const row& line : {
         row{"in clear text", no_tls, true, offers, true},
         row{"in clear text, TLS optional", tls_optional, true, offers, true},
         row{"in clear text, TLS required", tls_required, true, offers, false},
         row{"by the name that ejabberd has for it", no_tls, true, of_ejabberd, true},
         row{"before STARTTLS", tls_optional, true, starttls_and_bidi, false},
         row{"not wanted", no_tls, false, offers, false},
         row{"not offered", no_tls, true, dialback, false},
         row{"not offered by that name", no_tls, true, other_namespace, false},
       }) {
    SCOPED_TRACE(line.name);
    stream = outgoing_stream{
      {.sender = pair.from, .target = pair.to, .security = line.security, .bidi = line.wanted},
      keys};
    peer.renew();
    const auto heard = meets(line.features);
    EXPECT_EQ(heard.front() == bidi_sent, line.asked);
    EXPECT_EQ(stream.bidi(), line.asked);
  }
}

TEST_F(OutgoingBidi, tells_its_limits_with_it) {
  use({.direct_tls = true, .limits = {524288, 600}});
  EXPECT_EQ(meets(offers).front(),
            "send <bidi xmlns='urn:xmpp:bidi'><limits xmlns='urn:xmpp:stream-limits:0'>"
            "<max-bytes>524288</max-bytes><idle-seconds>600</idle-seconds></limits></bidi>");
}

TEST_F(OutgoingBidi, ends_on_a_stanza_that_it_does_not_take) {
  struct row {
    std::string_view stanza;
    bool authorised;
    const char* outcome;
  };
  for (const row& line : {
         row{"<message from='target.example' to='sender.example'/>", false,
             "close not-authorized stream-invalid"},
         row{"<message from='target.example' to='other.example'/>", true,
             "close invalid-from stream-invalid"},
         row{"<iq from='other.example' to='sender.example'/>", true,
             "close invalid-from stream-invalid"},
         row{"<presence from='sender.example' to='target.example'/>", true,
             "close invalid-from stream-invalid"},
         row{"<presence to='sender.example'/>", true, "close invalid-from stream-invalid"},
       }) {
    SCOPED_TRACE(line.stanza);
    use({.direct_tls = true});
    if (line.authorised)
      make_bidi();
    else
      meets(offers);
    EXPECT_THAT(sends(line.stanza).back(), StartsWith(line.outcome));
    EXPECT_EQ(peer.stanzas(), 0u);
  }
}

TEST_F(OutgoingBidi, takes_no_stanza_if_the_peer_did_not_offer_it) {
  use({.direct_tls = true});
  peer.run(stream.authenticate(pair));
  meets(dialback);
  sends(valid);
  EXPECT_TRUE(stream.authorised(pair));
  EXPECT_FALSE(stream.takes(reverse));
  EXPECT_THAT(sends(stanza).back(), StartsWith("close not-authorized"));
}

TEST_F(OutgoingBidi, answers_keys_of_the_other_direction) {
  make_bidi();
  EXPECT_THAT(
    sends("<db:result from='target.example' to='sender.example'>k</db:result>"),
    ElementsAre("saw key target.example>sender.example",
                "send <db:result from='sender.example' to='target.example' type='valid'/>",
                "sent result target.example>sender.example valid"))
    << "it is authorised already";
  EXPECT_THAT(
    sends("<db:result from='more.example' to='sender.example'>k</db:result>"),
    ElementsAre("saw key more.example>sender.example",
                AllOf(StartsWith("send <db:result from='sender.example' to='more.example' "
                                 "type='error'><error type='cancel'><policy-violation "),
                      HasSubstr("this direction needs a stream of its own")),
                "sent result more.example>sender.example error"));
  EXPECT_FALSE(stream.takes({domain("more.example"), domain("sender.example")}));
  EXPECT_EQ(stream.state(), phase::ready);
}

TEST_F(OutgoingBidi, answers_questions_about_keys_of_its_own) {
  make_bidi();
  const auto question = [](const std::string& key) {
    return "<db:verify from='target.example' to='sender.example' id='their-id'>" + key
           + "</db:verify>";
  };
  EXPECT_THAT(sends(question(keys.make(pair, "their-id"))),
              ElementsAre("saw verify-request sender.example>target.example",
                          "send <db:verify from='sender.example' to='target.example' "
                          "id='their-id' type='valid'/>",
                          "sent verify-response sender.example>target.example valid"));
  for (const auto& bad :
       {std::string{"k"}, keys.make(pair, "another"), keys.make(reverse, "their-id")})
    EXPECT_THAT(sends(question(bad))[1], HasSubstr(" type='invalid'/>")) << bad;
}

TEST_F(OutgoingBidi, takes_nothing_once_closed) {
  make_bidi();
  EXPECT_TRUE(stream.takes(reverse));
  peer.run(stream.close());
  EXPECT_FALSE(stream.takes(reverse));
}

} // namespace
} // namespace fedhub
