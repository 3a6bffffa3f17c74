// For tests: a connection of the hub's, and its peer at the other end of a small socket.
#pragma once

#include <sys/socket.h>

#include <array>
#include <csignal>
#include <memory>
#include <string>
#include <string_view>

#include "actors/connection/spawn_connection.hpp"
#include "protocol/events/stream_security.hpp"
#include "tests/unit/actors/hub/hub_scene.hpp"
#include "tests/unit/actors/net/transport_scene.hpp"

namespace fedhub::test {

inline constexpr std::string_view peer_header =
  "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' "
  "xmlns:db='jabber:server:dialback' from='partner.example' to='corp.example' version='1.0'>";
/// A question that the hub answers with about 200 octets.
inline constexpr std::string_view question =
  "<db:verify from='partner.example' to='corp.example' id='1'>k</db:verify>";

inline std::string questions(int count) {
  std::string all;
  for (int i = 0; i < count; ++i)
    all.append(question);
  return all;
}

class peer_test : public hub_test {
protected:
  peer_test() {
    ::signal(SIGPIPE, SIG_IGN);
    conf::config with_state;
    with_state.hub.state_dir = place_.path();
    tls = tls_store::load(with_state, {}).value();
    begin();
  }

  /// Starts a new hub: TLS is optional, a component has corp.example, and these settings apply.
  void begin(const std::string& settings = {}) {
    start("[federation]\nsecurity_mode = \"tls-optional\"\n" + settings
          + "[[node]]\nname = \"n\"\ndomains = [\"corp.example\"]\nsecret = \"s\"\n");
  }

  void connect(stream_leg leg) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
    const int room = 4608; // the kernel's minimum
    ::setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    connection_seed seed;
    seed.fd = unique_fd{ends[0]};
    seed.leg = leg;
    if (leg == stream_leg::s2s_out) {
      seed.outgoing.emplace();
      seed.outgoing->sender = domain("corp.example");
      seed.outgoing->target = domain("partner.example");
      seed.outgoing->security = stream_security::tls_optional;
    }
    ended = false;
    peer = std::make_unique<transport>(unique_fd{ends[1]});
    connection = keep(spawn_connection(system(), hub_, std::move(seed)));
    run();
  }

  /// Writes until all is sent, or the hub reads no more. @returns the octets sent.
  size_t send(std::string_view octets) {
    size_t sent = 0;
    while (sent < octets.size()) {
      auto part = part_of(octets.substr(sent));
      const auto result = peer->write(&part, 1);
      if (result.status != io_status::ok)
        break; // the hub has closed, or does not read any more
      sent += result.bytes;
      look_at_network();
    }
    return sent;
  }

  /// Reads until nothing more comes. @returns the octets.
  std::string read() {
    std::string heard;
    std::array<char, 32768> part{};
    for (;;) {
      peer->news(false);
      const auto result = peer->read(part.data(), part.size());
      if (result.status == io_status::ok) {
        heard.append(part.data(), result.bytes);
        look_at_network();
        continue;
      }
      ended = result.status != io_status::would_block;
      if (ended || !more_to_come())
        return heard;
    }
  }

  /// Performs the TLS handshake, as client or as server. @returns whether it succeeded.
  bool shake_hands(ssl_ptr ssl) {
    peer->start_tls(std::move(ssl));
    for (int turn = 0; turn < 20; ++turn) {
      peer->news(false);
      const auto status = peer->handshake();
      look_at_network();
      if (status != io_status::would_block)
        return status == io_status::ok;
    }
    return false;
  }

  std::unique_ptr<transport> peer;
  connection_actor connection;
  bool ended = false; ///< whether the last `read` found the end of the hub's side.

private:
  /// Lets the hub write into the room that `read` has made. @returns whether it wrote more.
  bool more_to_come() {
    look_at_network();
    char octet = 0;
    return ::recv(peer->fd(), &octet, 1, MSG_PEEK | MSG_DONTWAIT) >= 0;
  }

  folder place_;
};

} // namespace fedhub::test
