// No octet that arrives in one security layer is interpreted in the next. The peer sends too early,
// with every split of the octets, and leaves different numbers of answers unread.
#include <string>
#include <string_view>

#include "tests/unit/actors/connection/peer_scene.hpp"

namespace fedhub {
namespace {

using testing::HasSubstr;

constexpr std::string_view features =
  "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>";
constexpr std::string_view starttls = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
constexpr std::string_view proceed = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
/// A header that an attacker would put before partner.example's own TLS session.
constexpr std::string_view forged =
  "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' "
  "from='partner.example' to='corp.example' version='1.0'>";

class LayerChange : public test::peer_test {
protected:
  double handshakes_failed() const {
    return metrics.tls_handshake_failures.at(tls_role::server).Value();
  }
};

/// Numbers of answers before `<proceed/>`: none, as many as the socket takes, far more.
constexpr std::array<int, 4> fill_levels{0, 8, 40, 600};

TEST_F(LayerChange, interprets_nothing_that_came_before_the_handshake_of_a_client) {
  const std::string early = std::string{starttls}.append(forged);
  for (const int fill : fill_levels)
    // Splits within <starttls/>, at its end, and after it: one octet too early must count.
    for (size_t split = 1; split <= early.size(); ++split) {
      SCOPED_TRACE("answers " + std::to_string(fill) + ", split " + std::to_string(split));
      const auto failed = handshakes_failed();
      connect(stream_leg::s2s_in);
      send(test::peer_header);
      send(test::questions(fill));
      send(std::string_view{early}.substr(0, split));
      // Octets are too early only until the hub has written the first octet of <proceed/>. Later
      // ones are refused by OpenSSL.
      send(std::string_view{early}.substr(split));
      const auto heard = read();
      const bool agreed = heard.find(proceed) != heard.npos;
      if (fill == fill_levels.back() || split > starttls.size()) {
        EXPECT_TRUE(ended) << heard.substr(heard.size() - std::min<size_t>(300, heard.size()));
        EXPECT_EQ(handshakes_failed(), failed) << "OpenSSL was given octets of the clear text";
      }
      if (agreed && !ended) {
        EXPECT_FALSE(shake_hands(tls->connect(test::domain("corp.example"))));
      }
      EXPECT_EQ(heard.find("<?xml"), 0U);
      EXPECT_EQ(heard.find("<?xml", 1), heard.npos) << "the forged header was answered";
      ASSERT_FALSE(testing::Test::HasFailure());
    }
}

TEST_F(LayerChange, lets_a_client_that_waits_have_tls_whatever_it_left_unread) {
  for (const int fill : fill_levels) {
    SCOPED_TRACE(fill);
    connect(stream_leg::s2s_in);
    send(test::peer_header);
    send(test::questions(fill));
    send(starttls);
    EXPECT_THAT(read(), HasSubstr(proceed));
    ASSERT_TRUE(shake_hands(tls->connect(test::domain("corp.example"))));
    EXPECT_EQ(read(), "") << "nobody has opened a stream yet";
    ASSERT_FALSE(ended);
    send(test::peer_header);
    EXPECT_THAT(read(), HasSubstr("<stream:features>"));
  }
}

TEST_F(LayerChange, interprets_nothing_that_a_server_said_before_its_handshake) {
  const std::string early = std::string{proceed}.append(forged);
  for (size_t split = 1; split <= early.size(); ++split) {
    SCOPED_TRACE(split);
    connect(stream_leg::s2s_out);
    send(std::string{test::peer_header}
           .insert(test::peer_header.size() - 1, " id='1'")
           .append(features));
    EXPECT_THAT(read(), HasSubstr("<starttls "));
    send(std::string_view{early}.substr(0, split));
    if (split > proceed.size()) {
      read();
      EXPECT_TRUE(ended);
    } else {
      send(std::string_view{early}.substr(split));
      EXPECT_FALSE(shake_hands(tls->accept(test::domain("partner.example"))));
    }
    ASSERT_FALSE(testing::Test::HasFailure());
  }
}

TEST_F(LayerChange, shakes_hands_with_a_server_that_waits) {
  connect(stream_leg::s2s_out);
  send(std::string{test::peer_header}
         .insert(test::peer_header.size() - 1, " id='1'")
         .append(features));
  EXPECT_THAT(read(), HasSubstr("<starttls "));
  send(proceed);
  ASSERT_TRUE(shake_hands(tls->accept(test::domain("partner.example"))));
  EXPECT_THAT(read(), HasSubstr("<stream:stream "));
}

} // namespace
} // namespace fedhub
