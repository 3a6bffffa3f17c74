#include "actors/tls/tls_store.hpp"

#include <gmock/gmock.h>
#include <openssl/x509v3.h>

#include "actors/tls/self_signed.hpp"
#include "tests/unit/actors/net/transport_scene.hpp"

namespace fedhub {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

domain_name domain(std::string_view text) { return domain_name::parse(text).value(); }

class TlsStore : public test::transport_test {
protected:
  /// Writes a chain and a key for these names.
  conf::certificate_files make(std::string_view name,
                               std::initializer_list<std::string_view> names) {
    std::vector<domain_pattern> patterns;
    for (auto text : names)
      patterns.push_back(domain_pattern::parse(text).value());
    const auto folder = place.path() / name;
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    auto made = self_signed_certificate(folder, name, patterns, now);
    EXPECT_TRUE(made) << made.error();
    return {folder / "self-signed.crt", folder / "self-signed.key"};
  }

  std::shared_ptr<const tls_store> load(std::vector<conf::certificate_files> files) {
    conf::config config;
    config.hub.state_dir = place.path() / "state";
    config.tls.certificates = std::move(files);
    auto loaded = tls_store::load(config, {*domain_pattern::parse("local.example")});
    EXPECT_TRUE(loaded) << loaded.error();
    return loaded.value_or(nullptr);
  }

  std::string error_of(conf::certificate_files files) {
    conf::config config;
    config.tls.certificates = {std::move(files)};
    auto loaded = tls_store::load(config, {});
    return loaded ? "" : loaded.error();
  }

  /// Returns the common name of the certificate that a client gets for `sni`, on a stream to `to`.
  static std::string served(const tls_store& store, std::string_view sni, std::string_view to) {
    auto [a, b] = test::connected_pair();
    transport server{std::move(a)}, client{std::move(b)};
    server.start_tls(store.accept(to.empty() ? domain_name{} : domain(to)));
    client.start_tls(store.connect(domain(sni)));
    EXPECT_EQ(test::shake_hands(server, client), io_status::ok);
    x509_ptr shown{SSL_get1_peer_certificate(client.ssl())};
    if (!shown)
      return {};
    char name[256] = "";
    X509_NAME_get_text_by_NID(X509_get_subject_name(shown.get()), NID_commonName, name,
                              sizeof name);
    return name;
  }

  static std::vector<std::string> texts_of(const presented_names& names) {
    std::vector<std::string> result;
    for (const auto& name : names.names)
      result.push_back(name.text);
    return result;
  }

  test::folder place;
};

TEST_F(TlsStore, serves_the_certificate_of_the_name_that_is_asked_for) {
  auto store = load({make("first", {"first.example"}), make("wild", {"*.corp.example"}),
                     make("exact", {"chat.corp.example", "corp.example"})});
  ASSERT_TRUE(store);
  struct {
    std::string sni, to, certificate;
  } table[] = {
    {"first.example", "", "first"},
    {"corp.example", "", "exact"},
    {"chat.corp.example", "", "exact"}, // before the wildcard, although that comes first
    {"room.corp.example", "", "wild"},
    {"deep.room.corp.example", "", "first"},    // a certificate's wildcard is one label (RFC 9525)
    {"corp.example", "first.example", "exact"}, // SNI has precedence over `to`
    {"unknown.example", "", "first"},
    {"unknown.example", "corp.example", "exact"}, // some peers name the host of the SRV record
    // An IP literal is no SNI: the stream's `to` decides, if there is one.
    {"192.0.2.1", "corp.example", "exact"},
    {"192.0.2.1", "room.corp.example", "wild"},
    {"192.0.2.1", "unknown.example", "first"},
    {"192.0.2.1", "", "first"},
  };
  for (auto& row : table)
    EXPECT_EQ(served(*store, row.sni, row.to), row.certificate) << row.sni << " to " << row.to;
}

TEST_F(TlsStore, says_what_its_certificates_are_for) {
  auto store = load({make("one", {"corp.example", "*.corp.example"})});
  ASSERT_TRUE(store);
  ASSERT_EQ(store->certificates().size(), 1u);
  auto& certificates = store->certificates().front();
  EXPECT_EQ(certificates.label, "self-signed.crt"); // the name of the file
  EXPECT_FALSE(certificates.self_made);
  EXPECT_THAT(texts_of(certificates.names), ElementsAre("corp.example", "*.corp.example"));
  auto left = certificates.not_after - std::chrono::system_clock::now();
  EXPECT_GT(left, std::chrono::hours{24 * 364});
  EXPECT_LE(left, std::chrono::hours{24 * 365});
}

TEST_F(TlsStore, makes_a_certificate_for_the_local_domains_where_none_is_configured) {
  auto store = load({});
  ASSERT_TRUE(store);
  EXPECT_EQ(store->certificates().front().label, "self-signed");
  EXPECT_TRUE(store->certificates().front().self_made);
  EXPECT_THAT(texts_of(store->certificates().front().names), ElementsAre("local.example"));
}

TEST_F(TlsStore, names_a_file_that_it_cannot_use) {
  auto good = make("good", {"corp.example"});
  auto other = make("other", {"corp.example"});
  auto none = place.path() / "none.pem";
  auto bad = place.write("bad.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n");
  EXPECT_THAT(error_of({none, good.key_file}), HasSubstr(none.string()));
  EXPECT_THAT(error_of({bad, good.key_file}), HasSubstr(bad.string()));
  EXPECT_THAT(error_of({good.chain_file, none}), HasSubstr(none.string()));
  EXPECT_THAT(error_of({good.chain_file, bad}), HasSubstr(bad.string()));
  EXPECT_THAT(error_of({good.chain_file, other.key_file}),
              AllOf(HasSubstr(other.key_file.string()), HasSubstr(good.chain_file.string())));
  EXPECT_THAT(error_of({good.key_file, good.key_file}), HasSubstr(good.key_file.string()));
  EXPECT_EQ(error_of(good), "");
}

TEST_F(TlsStore, takes_no_tls_before_1_2) {
  auto store = load({});
  ASSERT_TRUE(store);
  struct {
    int version;
    io_status expected;
  } table[] = {{TLS1_VERSION, io_status::error},
               {TLS1_1_VERSION, io_status::error},
               {TLS1_2_VERSION, io_status::ok},
               {TLS1_3_VERSION, io_status::ok}};
  for (bool hub_serves : {true, false})
    for (auto& row : table) {
      // A foreign peer that would accept any version.
      ssl_ctx_ptr old{SSL_CTX_new(hub_serves ? TLS_client_method() : TLS_server_method())};
      auto files = make("peer", {"corp.example"});
      SSL_CTX_set_security_level(old.get(), 0);
      SSL_CTX_use_certificate_chain_file(old.get(), files.chain_file.c_str());
      SSL_CTX_use_PrivateKey_file(old.get(), files.key_file.c_str(), SSL_FILETYPE_PEM);
      SSL_CTX_set_min_proto_version(old.get(), row.version);
      SSL_CTX_set_max_proto_version(old.get(), row.version);
      ssl_ptr session{SSL_new(old.get())};
      if (hub_serves)
        SSL_set_connect_state(session.get());
      else
        SSL_set_accept_state(session.get());
      auto [a, b] = test::connected_pair();
      transport one{std::move(a)}, other{std::move(b)};
      one.start_tls(hub_serves ? store->accept({}) : store->connect(domain("corp.example")));
      // OpenSSL's security levels forbid old versions too, but here only the version has to decide.
      SSL_set_security_level(one.ssl(), 0);
      other.start_tls(std::move(session));
      EXPECT_EQ(test::shake_hands(one, other), row.expected) << std::hex << row.version;
      if (row.expected == io_status::ok) {
        EXPECT_EQ(SSL_version(one.ssl()), row.version);
      }
    }
}

TEST_F(TlsStore, may_go_before_the_sessions_that_it_made) {
  auto store = load({});
  ASSERT_TRUE(store);
  hub->start_tls(store->accept({}));
  peer->start_tls(store->connect(domain("corp.example")));
  ASSERT_EQ(shake_hands(), io_status::ok);
  store.reset(); // a reload
  send(*peer, "still here");
  EXPECT_EQ(read(*hub), "still here");
}

} // namespace
} // namespace fedhub
