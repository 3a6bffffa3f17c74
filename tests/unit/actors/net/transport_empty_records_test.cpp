// A transport accepts only a limited number of TLS records without data from its peer.
#include "actors/net/transport.hpp"

#include <string>

#include <gtest/gtest.h>

#include "tests/unit/actors/net/transport_scene.hpp"

namespace fedhub {
namespace {

using test::tls_pair;
using Transport = test::transport_test;
using TransportInTls = test::transport_in_tls_test;

/// Changes the keys of one side. @param ask whether the other side has to change its keys too.
void change_keys(transport& transport, bool ask) {
  ASSERT_EQ(
    SSL_key_update(transport.ssl(), ask ? SSL_KEY_UPDATE_REQUESTED : SSL_KEY_UPDATE_NOT_REQUESTED),
    1);
  ASSERT_EQ(SSL_do_handshake(transport.ssl()), 1);
}

TEST_F(TransportInTls, goes_on_over_changes_of_keys_between_octets) {
  for (int i = 0; i < 20; ++i) {
    change_keys(*peer, i % 2 == 0);
    change_keys(*peer, false);
    send(*peer, "data");
    EXPECT_EQ(read(*hub), "data");
    send(*hub, "back");
    EXPECT_EQ(read(*peer), "back");
  }
}

TEST_F(TransportInTls, ends_with_a_peer_that_changes_its_keys_again_and_again) {
  for (bool ask : {false, true}) {
    auto [a, b] = test::connected_pair();
    transport one{std::move(a)}, other{std::move(b)};
    one.start_tls(contexts.server());
    other.start_tls(contexts.client());
    ASSERT_EQ(test::shake_hands(one, other), io_status::ok);
    for (int i = 0; i < 100; ++i)
      change_keys(other, ask);
    char octet;
    one.news(false);
    EXPECT_EQ(one.read(&octet, 1).status, io_status::error);
    EXPECT_EQ(one.last_error(), "too many TLS records without data");
  }
}

TEST_F(TransportInTls, counts_changes_of_keys_however_they_arrive) {
  char octet;
  int changes = 0;
  for (; changes < 1000; ++changes) {
    change_keys(*peer, false);
    hub->news(false);
    if (hub->read(&octet, 1).status != io_status::would_block)
      break;
  }
  EXPECT_EQ(changes, 64);
  EXPECT_EQ(hub->last_error(), "too many TLS records without data");
}

TEST_F(TransportInTls, counts_no_records_with_data) {
  for (int i = 0; i < 200; ++i)
    send(*peer, "data");
  std::string got;
  char part[3]; // less than a record
  hub->news(false);
  for (io_result x; (x = hub->read(part, sizeof part)).status == io_status::ok;)
    got.append(part, x.bytes);
  EXPECT_EQ(got.size(), 800u) << hub->last_error();
  change_keys(*peer, false);
  EXPECT_EQ(read_once(*hub).status, io_status::would_block);
}

TEST_F(TransportInTls, ends_with_a_server_that_sends_tickets_again_and_again) {
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(SSL_new_session_ticket(hub->ssl()), 1);
    ASSERT_EQ(SSL_do_handshake(hub->ssl()), 1);
  }
  char octet;
  peer->news(false);
  EXPECT_EQ(peer->read(&octet, 1).status, io_status::error);
}

TEST_F(Transport, ends_with_a_client_that_asks_to_renegotiate_again_and_again) {
  tls_pair contexts;
  hub->start_tls(contexts.server());
  auto client = contexts.client();
  SSL_set_max_proto_version(client.get(), TLS1_2_VERSION);
  peer->start_tls(std::move(client));
  ASSERT_EQ(shake_hands(), io_status::ok);
  SSL_clear_options(peer->ssl(), SSL_OP_NO_RENEGOTIATION);
  char octet;
  auto seen = io_status::would_block;
  for (int i = 0; i < 1000 && seen == io_status::would_block; ++i) {
    if (SSL_renegotiate(peer->ssl()) == 1)
      SSL_do_handshake(peer->ssl());
    peer->news(false);
    peer->read(&octet, 1);
    hub->news(false);
    seen = hub->read(&octet, 1).status;
  }
  EXPECT_NE(seen, io_status::ok);
  EXPECT_LT(hub->octets_read(), 100'000u);
}

} // namespace
} // namespace fedhub
