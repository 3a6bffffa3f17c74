// Session resumption: when it happens, and that a resumed session proves the same as the first one.
#include "tests/unit/actors/tls/tls_scene.hpp"

namespace fedhub {
namespace {

using namespace test;

class TlsResumption : public tls_scene {
protected:
  TlsResumption() {
    corp_config = config({for_domains({"corp.example", "chat.example"})});
    corp = load(corp_config);
    partner_config = config({for_domains({"partner.example", "other.example"})});
    partner = load(partner_config);
  }

  /// Opens a stream from partner.example to corp.example.
  tls_link again(int version = TLS1_3_VERSION) {
    auto link = join(*partner, *corp, "partner.example", "corp.example", version);
    EXPECT_TRUE(link.up) << link.why;
    return link;
  }

  static certificate_verdict of_client(const tls_store& server, const tls_link& link,
                                       std::chrono::sys_seconds now = today) {
    return server.judge(*link.server, peer_role::initiating, now,
                        std::vector{domain("partner.example")});
  }

  conf::config corp_config, partner_config;
  std::shared_ptr<const tls_store> corp, partner;
};

TEST_F(TlsResumption, shortens_the_handshake_of_a_pair_that_comes_back) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    partner = load(partner_config);
    EXPECT_FALSE(again(version).resumed());
    for (int i = 0; i < 3; ++i) // each brings the ticket for the next one
      EXPECT_TRUE(again(version).resumed()) << std::hex << version;
  }
}

TEST_F(TlsResumption, follows_a_connection_that_was_cut) {
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(join(*partner, *corp, "partner.example", "corp.example", TLS1_3_VERSION, ending::cut)
                .resumed(),
              i > 0);
}

TEST_F(TlsResumption, proves_what_the_first_handshake_proved) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    partner = load(partner_config);
    const auto first = again(version);
    again(version);
    const auto third = again(version); // resumes a session that was itself resumed
    ASSERT_TRUE(third.resumed());
    EXPECT_EQ(of_client(*corp, third).path.status, path_status::ok);
    EXPECT_TRUE(of_client(*corp, third).proves(domain("partner.example")));
    EXPECT_EQ(of_client(*corp, third).sha256, of_client(*corp, first).sha256);
    const auto of_server = partner->judge(*third.client, peer_role::receiving, today,
                                          std::vector{domain("corp.example")});
    EXPECT_EQ(of_server.path.status, path_status::ok);
    EXPECT_TRUE(of_server.proves(domain("corp.example")));
  }
}

TEST_F(TlsResumption, proves_by_the_rules_and_the_time_of_the_new_stream) {
  again();
  const auto link = again();
  ASSERT_TRUE(link.resumed());
  EXPECT_EQ(of_client(*corp, link, today + std::chrono::days{61}).path.status,
            path_status::expired);
}

TEST_F(TlsResumption, proves_nothing_of_a_client_that_showed_nothing) {
  partner = load(config({for_domains({"elsewhere.example"})}));
  again();
  const auto link = again();
  ASSERT_TRUE(link.resumed());
  EXPECT_EQ(of_client(*corp, link).path.status, path_status::no_certificate);
}

TEST_F(TlsResumption, is_of_the_same_pair_only) {
  again();
  EXPECT_FALSE(join(*partner, *corp, "other.example", "corp.example").resumed());
  EXPECT_FALSE(join(*partner, *corp, "partner.example", "chat.example").resumed());
  EXPECT_TRUE(again().resumed());
}

TEST_F(TlsResumption, survives_a_reload_of_the_servers_certificates) {
  again();
  auto renewed = corp_config;
  renewed.tls.certificates = {for_domains({"corp.example"})};
  corp = load(renewed, corp.get());
  const auto link = again();
  EXPECT_TRUE(link.resumed());
  EXPECT_TRUE(of_client(*corp, link).proves(domain("partner.example")));
  // Another process has different keys.
  corp = load(renewed);
  EXPECT_FALSE(again().resumed());
}

TEST_F(TlsResumption, ends_where_the_servers_policy_changes) {
  const auto changed = [&](auto change) {
    auto result = corp_config;
    change(result.tls);
    return result;
  };
  const auto crl = place.write("root.crl", make_crl(pki::shared().root, {}));
  const auto anchors = place.write("two.pem", to_pem(*pki::shared().root.certificate)
                                                + to_pem(*pki::shared().unknown_root.certificate));
  const conf::config policies[] = {
    changed([](conf::tls_config& x) { x.accept_eku = eku_policy::any; }),
    changed([&](conf::tls_config& x) { x.crl_files = {crl}; }),
    changed([&](conf::tls_config& x) { x.ca_file = anchors; }),
    changed([](conf::tls_config& x) { x.preset = conf::tls_preset::modern; }),
  };
  for (const auto& policy : policies) {
    corp = load(corp_config, corp.get());
    again();
    EXPECT_TRUE(again().resumed());
    corp = load(policy, corp.get());
    EXPECT_FALSE(again().resumed());
    EXPECT_TRUE(again().resumed());
  }
}

TEST_F(TlsResumption, ends_where_the_client_certificate_may_have_changed) {
  again();
  partner = load(partner_config, partner.get());
  EXPECT_FALSE(again().resumed());
}

TEST_F(TlsResumption, can_be_switched_off_on_either_side) {
  corp_config.tls.session_resumption = false;
  corp = load(corp_config);
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION})
    for (int i = 0; i < 2; ++i) {
      const auto link = again(version);
      EXPECT_FALSE(link.resumed());
      // The server still sends a ticket, since some clients fail without.
      EXPECT_EQ(SSL_SESSION_has_ticket(SSL_get_session(link.client.get())), 1);
    }
  corp_config.tls.session_resumption = true;
  corp = load(corp_config);
  partner_config.tls.session_resumption = false;
  partner = load(partner_config);
  again();
  EXPECT_FALSE(again().resumed());
}

/// Fills the cache of one end with more CAs than it keeps, so that all others are dropped.
void forget_issuers(const ssl_ptr& end) {
  const auto& kept = environment_of(SSL_get_SSL_CTX(end.get())).intermediates;
  for (int i = 0; i < 256; ++i) {
    const auto ca = make_ca("CA " + std::to_string(i));
    const certificate_stack chain{sk_X509_new_null()};
    X509_up_ref(ca.certificate.get());
    sk_X509_push(chain.get(), ca.certificate.get());
    ASSERT_TRUE(kept->keep(chain.get()));
  }
}

TEST_F(TlsResumption, needs_the_chain_that_the_peer_once_sent) {
  for (const auto end : {&tls_link::server, &tls_link::client}) {
    const auto first = again();
    forget_issuers(first.*end);
    const auto second = again();
    EXPECT_FALSE(second.resumed());
    EXPECT_EQ(of_client(*corp, second).path.status, path_status::ok);
    EXPECT_TRUE(again().resumed());
  }
}

} // namespace
} // namespace fedhub
