// No octet that arrives in one security layer is interpreted in the next: a connection and a peer
// that sends too early, however the octets are split and however much the peer leaves unread.
#include <sys/socket.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "actors/spawn_connection.hpp"
#include "tests/unit/actors/hub_scene.hpp"
#include "tests/unit/actors/transport_scene.hpp"

namespace fedhub {
namespace {

using testing::HasSubstr;

constexpr std::string_view header =
  "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' "
  "xmlns:db='jabber:server:dialback' from='partner.example' to='corp.example' version='1.0'>";
constexpr std::string_view features =
  "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>";
constexpr std::string_view starttls = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
constexpr std::string_view proceed = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
/// Answered by some 200 octets.
constexpr std::string_view question =
  "<db:verify from='partner.example' to='corp.example' id='1'>k</db:verify>";
/// What a thief of partner.example's TLS session would say ahead of it.
constexpr std::string_view forged =
  "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' "
  "from='partner.example' to='corp.example' version='1.0'>";

/// The peer of one connection of the hub.
class LayerChange : public test::hub_test {
protected:
  LayerChange() {
    ::signal(SIGPIPE, SIG_IGN);
    conf::config with_state;
    with_state.hub.state_dir = place_.path();
    tls = tls_store::load(with_state, {}).value();
    start("[federation]\nsecurity_mode = \"tls-optional\"\n"
          "[[node]]\nname = \"n\"\ndomains = [\"corp.example\"]\nsecret = \"s\"\n");
  }

  void connect(stream_leg leg) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
    const int room = 4608; // the kernel's least
    ::setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    connection_seed seed;
    seed.fd = unique_fd{ends[0]};
    seed.leg = leg;
    if (leg == stream_leg::s2s_out) {
      seed.outgoing.emplace();
      seed.outgoing->sender = test::domain("corp.example");
      seed.outgoing->target = test::domain("partner.example");
      seed.outgoing->security = stream_security::tls_optional;
    }
    peer_.emplace(unique_fd{ends[1]});
    keep(spawn_connection(system(), hub_, std::move(seed)));
    run();
  }

  void send(std::string_view octets) {
    for (size_t sent = 0; sent < octets.size();) {
      auto part = test::part_of(octets.substr(sent));
      const auto result = peer_->write(&part, 1);
      if (result.status != io_status::ok)
        return; // the hub has closed
      sent += result.bytes;
      look_at_network();
    }
  }
  /// Reads until nothing more comes. @returns what came.
  std::string read() {
    std::string heard;
    std::array<char, 32768> part{};
    for (;;) {
      peer_->news(false);
      const auto result = peer_->read(part.data(), part.size());
      if (result.status != io_status::ok) {
        ended_ = result.status != io_status::would_block;
        if (ended_ || !more_to_come())
          return heard;
        continue;
      }
      heard.append(part.data(), result.bytes);
      look_at_network();
    }
  }
  /// Whether the hub writes more once it is told that there is room.
  bool more_to_come() {
    look_at_network();
    char octet = 0;
    return ::recv(peer_->fd(), &octet, 1, MSG_PEEK | MSG_DONTWAIT) >= 0;
  }
  /// As client or as server. @returns whether TLS is up.
  bool shake_hands(ssl_ptr ssl) {
    peer_->start_tls(std::move(ssl));
    for (int turn = 0; turn < 20; ++turn) {
      peer_->news(false);
      const auto status = peer_->handshake();
      if (status != io_status::would_block) {
        look_at_network();
        return status == io_status::ok;
      }
      look_at_network();
    }
    return false;
  }

  double handshakes_failed() const {
    return metrics.tls_handshake_failures.at(tls_role::server).Value();
  }

  std::optional<transport> peer_;
  bool ended_ = false;

private:
  test::folder place_;
};

/// How many answers lie in front of `<proceed/>`: none, what the socket takes, far more.
constexpr std::array<int, 4> fill_levels{0, 8, 40, 600};

TEST_F(LayerChange, interprets_nothing_that_came_before_the_handshake_of_a_client) {
  const std::string early = std::string{starttls}.append(forged);
  for (const int fill : fill_levels)
    // One octet too early is as bad as a stream: splits within <starttls/>, at its end, behind it.
    for (size_t split = 1; split <= early.size(); ++split) {
      SCOPED_TRACE("answers " + std::to_string(fill) + ", split " + std::to_string(split));
      const auto failed = handshakes_failed();
      connect(stream_leg::s2s_in);
      send(header);
      std::string questions;
      for (int i = 0; i < fill; ++i)
        questions.append(question);
      send(questions);
      send(std::string_view{early}.substr(0, split));
      // Only what comes before the first octet of <proceed/> was written is too early. Behind it,
      // it is for OpenSSL to refuse.
      send(std::string_view{early}.substr(split));
      const auto heard = read();
      const bool agreed = heard.find(proceed) != heard.npos;
      if (fill == fill_levels.back() || split > starttls.size()) {
        EXPECT_TRUE(ended_) << heard.substr(heard.size() - std::min<size_t>(300, heard.size()));
        EXPECT_EQ(handshakes_failed(), failed) << "OpenSSL was given octets of the clear text";
      }
      if (agreed && !ended_) {
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
    send(header);
    std::string questions;
    for (int i = 0; i < fill; ++i)
      questions.append(question);
    send(questions);
    send(starttls);
    EXPECT_THAT(read(), HasSubstr(proceed));
    ASSERT_TRUE(shake_hands(tls->connect(test::domain("corp.example"))));
    EXPECT_EQ(read(), "") << "nobody has opened a stream yet";
    ASSERT_FALSE(ended_);
    send(header);
    EXPECT_THAT(read(), HasSubstr("<stream:features>"));
  }
}

TEST_F(LayerChange, interprets_nothing_that_a_server_said_before_its_handshake) {
  const std::string early = std::string{proceed}.append(forged);
  for (size_t split = 1; split <= early.size(); ++split) {
    SCOPED_TRACE(split);
    connect(stream_leg::s2s_out);
    send(std::string{header}.insert(header.size() - 1, " id='1'").append(features));
    EXPECT_THAT(read(), HasSubstr("<starttls "));
    send(std::string_view{early}.substr(0, split));
    if (split > proceed.size()) {
      read();
      EXPECT_TRUE(ended_);
    } else {
      send(std::string_view{early}.substr(split));
      EXPECT_FALSE(shake_hands(tls->accept(test::domain("partner.example"))));
    }
    ASSERT_FALSE(testing::Test::HasFailure());
  }
}

TEST_F(LayerChange, shakes_hands_with_a_server_that_waits) {
  connect(stream_leg::s2s_out);
  send(std::string{header}.insert(header.size() - 1, " id='1'").append(features));
  EXPECT_THAT(read(), HasSubstr("<starttls "));
  send(proceed);
  ASSERT_TRUE(shake_hands(tls->accept(test::domain("partner.example"))));
  EXPECT_THAT(read(), HasSubstr("<stream:stream "));
}

} // namespace
} // namespace fedhub
