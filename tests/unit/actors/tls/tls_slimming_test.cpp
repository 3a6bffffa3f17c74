// Sessions go on after the memory that only handshakes need was freed.
#include "actors/tls/tls_slimming.hpp"

#include "tests/unit/actors/tls/tls_scene.hpp"

namespace fedhub {
namespace {

using namespace test;

class TlsSlimming : public tls_scene {
protected:
  TlsSlimming()
    : corp(load(config({for_domains({"corp.example"})}))),
      partner(load(config({for_domains({"partner.example"})}))) {}

  tls_link up(int version = TLS1_3_VERSION) const {
    auto link = join(*partner, *corp, "partner.example", "corp.example", version, ending::cut);
    EXPECT_TRUE(link.up) << link.why;
    return link;
  }

  /// Sends more octets than a record and than the pair of BIOs holds.
  static void send(SSL* from, SSL* to) {
    const std::string text(100'000, 'a');
    std::string got;
    size_t sent = 0;
    for (int turn = 0; turn < 1000 && got.size() < text.size(); ++turn) {
      size_t n = 0;
      if (sent < text.size() && SSL_write_ex(from, text.data() + sent, text.size() - sent, &n) == 1)
        sent += n;
      char part[20'000];
      while (SSL_read_ex(to, part, sizeof part, &n) == 1)
        got.append(part, n);
    }
    EXPECT_EQ(got, text) << take_openssl_error();
  }
  static void talk(const tls_link& link) {
    send(link.client.get(), link.server.get());
    send(link.server.get(), link.client.get());
  }

  std::shared_ptr<const tls_store> corp, partner;
};

TEST_F(TlsSlimming, lets_go_of_the_peers_certificate_and_carries_on) {
  const auto link = up();
  ASSERT_EQ(shown_to(link.server.get()), "partner.example");
  const std::string cipher = SSL_get_cipher_name(link.server.get());
  auto* context = SSL_get_SSL_CTX(link.server.get());
  talk(link);
  ASSERT_TRUE(slim_session(*link.server));
  EXPECT_EQ(shown_to(link.server.get()), "");
  EXPECT_EQ(SSL_get_cipher_name(link.server.get()), cipher);
  EXPECT_STREQ(SSL_get_version(link.server.get()), "TLSv1.3");
  EXPECT_EQ(SSL_get_SSL_CTX(link.server.get()), context);
  EXPECT_EQ(SSL_is_init_finished(link.server.get()), 1);
  talk(link);
}

TEST_F(TlsSlimming, follows_new_keys_that_either_end_asks_for) {
  const auto link = up();
  ASSERT_TRUE(slim_session(*link.server));
  for (auto* end : {link.client.get(), link.server.get()}) {
    ASSERT_EQ(SSL_key_update(end, SSL_KEY_UPDATE_REQUESTED), 1);
    talk(link);
    talk(link);
  }
}

TEST_F(TlsSlimming, ends_in_order) {
  const auto link = up();
  ASSERT_TRUE(slim_session(*link.server));
  SSL_shutdown(link.server.get());
  char octet = 0;
  EXPECT_EQ(SSL_get_error(link.client.get(), SSL_read(link.client.get(), &octet, 1)),
            SSL_ERROR_ZERO_RETURN);
  SSL_shutdown(link.client.get());
  EXPECT_EQ(SSL_get_error(link.server.get(), SSL_read(link.server.get(), &octet, 1)),
            SSL_ERROR_ZERO_RETURN);
}

TEST_F(TlsSlimming, invalidates_no_ticket_and_works_for_resumed_sessions_too) {
  ASSERT_TRUE(slim_session(*up().server));
  for (int i = 0; i < 3; ++i) {
    const auto link = up();
    EXPECT_TRUE(link.resumed());
    EXPECT_EQ(shown_to(link.server.get()), "partner.example") << "by the ticket";
    ASSERT_TRUE(slim_session(*link.server));
    talk(link);
  }
}

TEST_F(TlsSlimming, has_one_session_for_all_of_a_cipher) {
  const auto one = up();
  const auto other = up();
  ASSERT_TRUE(slim_session(*one.server));
  ASSERT_TRUE(slim_session(*other.server));
  EXPECT_EQ(SSL_get0_session(one.server.get()), SSL_get0_session(other.server.get()));
  auto client = partner->connect(domain("corp.example"), domain("partner.example"));
  ASSERT_EQ(SSL_set_ciphersuites(client.get(), "TLS_CHACHA20_POLY1305_SHA256"), 1);
  const auto third = joined(corp->accept(domain("corp.example")), std::move(client), ending::cut);
  ASSERT_TRUE(slim_session(*third.server));
  EXPECT_STREQ(SSL_get_cipher_name(third.server.get()), "TLS_CHACHA20_POLY1305_SHA256");
  talk(third);
  talk(one);
}

TEST_F(TlsSlimming, leaves_what_it_does_not_know) {
  const auto older = up(TLS1_2_VERSION);
  EXPECT_FALSE(slim_session(*older.server));
  const auto link = up();
  EXPECT_FALSE(slim_session(*link.client)) << "its tickets come later";
  EXPECT_EQ(shown_to(older.server.get()), "partner.example");
  EXPECT_EQ(shown_to(link.client.get()), "corp.example");
  const auto begun = corp->accept(domain("corp.example"));
  EXPECT_FALSE(slim_session(*begun));
}

TEST_F(TlsSlimming, leaves_a_session_whose_records_are_limited) {
  auto client = partner->connect(domain("corp.example"), domain("partner.example"));
  ASSERT_EQ(SSL_set_tlsext_max_fragment_length(client.get(), TLSEXT_max_fragment_length_1024), 1);
  const auto link = joined(corp->accept(domain("corp.example")), std::move(client), ending::cut);
  ASSERT_TRUE(link.up) << link.why;
  EXPECT_FALSE(slim_session(*link.server));
  talk(link);
}

} // namespace
} // namespace fedhub
