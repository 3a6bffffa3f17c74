// Negotiation: versions and suites by preset, and ALPN.
#include "tests/unit/actors/tls/tls_scene.hpp"

namespace fedhub {
namespace {

using namespace test;

class TlsContext : public tls_scene {
protected:
  std::shared_ptr<const tls_store> with_preset(conf::tls_preset preset) {
    auto result = config({for_domains({"corp.example"})});
    result.tls.preset = preset;
    return load(result);
  }

  /// Connects a foreign client that offers only this version and these suites.
  static tls_link offer(const tls_store& hub, int version, const char* suites) {
    const ssl_ctx_ptr context{SSL_CTX_new(TLS_client_method())};
    SSL_CTX_set_min_proto_version(context.get(), version);
    SSL_CTX_set_max_proto_version(context.get(), version);
    if (version == TLS1_3_VERSION)
      EXPECT_EQ(SSL_CTX_set_ciphersuites(context.get(), suites), 1);
    else
      EXPECT_EQ(SSL_CTX_set_cipher_list(context.get(), suites), 1) << suites;
    ssl_ptr client{SSL_new(context.get())};
    SSL_set_connect_state(client.get());
    return joined(hub.accept(domain("corp.example")), std::move(client));
  }

  /// Connects a foreign client that offers these ALPN protocols, if any, to the hub.
  static tls_link offer_alpn(const tls_store& hub, tls_start how, std::string_view protocols) {
    const ssl_ctx_ptr context{SSL_CTX_new(TLS_client_method())};
    ssl_ptr client{SSL_new(context.get())};
    SSL_set_connect_state(client.get());
    SSL_set_alpn_protos(client.get(), reinterpret_cast<const unsigned char*>(protocols.data()),
                        static_cast<unsigned>(protocols.size()));
    return joined(hub.accept(domain("corp.example"), how), std::move(client));
  }
};

TEST_F(TlsContext, negotiates_what_the_preset_allows) {
  const auto intermediate = with_preset(conf::tls_preset::intermediate);
  const auto modern = with_preset(conf::tls_preset::modern);
  struct {
    int version;
    const char* suites;
    bool in_intermediate, in_modern;
  } const table[] = {
    {TLS1_3_VERSION, "TLS_AES_128_GCM_SHA256", true, true},
    {TLS1_3_VERSION, "TLS_CHACHA20_POLY1305_SHA256", true, true},
    {TLS1_3_VERSION, "TLS_AES_128_CCM_SHA256", false, false},
    {TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256", true, false},
    {TLS1_2_VERSION, "ECDHE-ECDSA-CHACHA20-POLY1305", true, false},
    {TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA256", false, false}, // CBC
    {TLS1_2_VERSION, "ECDHE-ECDSA-AES256-CCM", false, false},
  };
  for (const auto& row : table) {
    EXPECT_EQ(offer(*intermediate, row.version, row.suites).up, row.in_intermediate) << row.suites;
    EXPECT_EQ(offer(*modern, row.version, row.suites).up, row.in_modern) << row.suites;
  }
}

TEST_F(TlsContext, has_no_suites_but_those_of_forward_secrecy) {
  const auto hub = with_preset(conf::tls_preset::intermediate);
  const auto session = hub->accept({});
  auto* suites = SSL_get_ciphers(session.get());
  ASSERT_EQ(sk_SSL_CIPHER_num(suites), 9);
  for (int i = 0; i < sk_SSL_CIPHER_num(suites); ++i) {
    const auto* result = sk_SSL_CIPHER_value(suites, i);
    EXPECT_EQ(SSL_CIPHER_is_aead(result), 1) << SSL_CIPHER_get_name(result);
    const int exchange = SSL_CIPHER_get_kx_nid(result);
    EXPECT_TRUE(exchange == NID_kx_ecdhe || exchange == NID_kx_any) << SSL_CIPHER_get_name(result);
  }
}

TEST_F(TlsContext, tells_the_protocol_on_direct_tls) {
  const auto hub = with_preset(conf::tls_preset::intermediate);
  const auto both = [&](tls_start client, tls_start server) {
    const auto to = domain("corp.example");
    return joined(hub->accept(to, server), hub->connect(to, {}, client));
  };
  EXPECT_EQ(both(tls_start::direct, tls_start::direct).alpn(), "xmpp-server");
  EXPECT_EQ(both(tls_start::starttls, tls_start::starttls).alpn(), "");
  // A client without ALPN (XEP-0368 requires it, but old ones lack it), and a server without ALPN.
  EXPECT_EQ(both(tls_start::starttls, tls_start::direct).alpn(), "");
  EXPECT_EQ(both(tls_start::direct, tls_start::starttls).alpn(), "");
}

TEST_F(TlsContext, refuses_clients_of_other_protocols_on_direct_tls) {
  const auto hub = with_preset(conf::tls_preset::intermediate);
  const std::string_view web{"\x02h2\x08http/1.1", 12};
  const std::string_view xmpp_client{"\x0bxmpp-client", 12};
  const std::string_view last_of_two{"\x0bxmpp-client\x0bxmpp-server", 24};
  for (const auto protocols : {web, xmpp_client}) {
    const auto link = offer_alpn(*hub, tls_start::direct, protocols);
    EXPECT_FALSE(link.up);
    EXPECT_EQ(link.why, "no application protocol");
    // After STARTTLS the protocol is known.
    EXPECT_TRUE(offer_alpn(*hub, tls_start::starttls, protocols).up);
  }
  EXPECT_EQ(offer_alpn(*hub, tls_start::direct, last_of_two).alpn(), "xmpp-server");
}

TEST_F(TlsContext, tells_the_protocol_whatever_certificate_is_chosen) {
  const auto hub = load(config({for_domains({"corp.example"}), for_domains({"chat.example"})}));
  const auto to = domain("chat.example");
  // Only SNI chooses the certificate, which changes the context in the middle of the handshake.
  const auto link =
    joined(hub->accept({}, tls_start::direct), hub->connect(to, {}, tls_start::direct));
  ASSERT_TRUE(link.up) << link.why;
  EXPECT_EQ(shown_to(link.client.get()), "chat.example");
  EXPECT_EQ(link.alpn(), "xmpp-server");
}

} // namespace
} // namespace fedhub
