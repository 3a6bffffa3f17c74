// The identity of the other end of a TLS connection, and the certificate that the hub shows.
#include "protocol/text/domain_name.hpp"
#include "protocol/text/domain_pattern.hpp"
#include "tests/unit/actors/tls/tls_scene.hpp"

namespace fedhub {
namespace {

using namespace test;
using namespace std::chrono_literals;
using testing::ElementsAre;

class TlsIdentity : public tls_scene {
protected:
  TlsIdentity() {
    corp = load(config({for_domains({"corp.example"})}));
    partner = load(config({for_domains({"partner.example"})}));
  }

  /// Returns the verdict of corp.example on a peer with these files, which opens a stream as
  /// partner.example.
  certificate_verdict judged(const conf::certificate_files& files, const conf::config& rules) {
    const auto peer = load(config({files}));
    const auto hub = load(rules);
    const auto link = join(*peer, *hub, "partner.example", "corp.example");
    EXPECT_TRUE(link.up) << link.why;
    return hub->judge(*link.server, peer_role::initiating, today, one(domain("partner.example")));
  }

  static std::vector<domain_name> one(const domain_name& x) { return {x}; }

  std::shared_ptr<const tls_store> corp;
  std::shared_ptr<const tls_store> partner;
};

TEST_F(TlsIdentity, is_proven_in_both_directions_by_certificates) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const auto link = join(*partner, *corp, "partner.example", "corp.example", version);
    ASSERT_TRUE(link.up) << link.why;
    EXPECT_EQ(SSL_version(link.client.get()), version);
    const auto of_client =
      corp->judge(*link.server, peer_role::initiating, today, one(domain("partner.example")));
    EXPECT_EQ(of_client.path.status, path_status::ok);
    EXPECT_TRUE(of_client.proves(domain("partner.example")));
    const auto of_server =
      partner->judge(*link.client, peer_role::receiving, today, one(domain("corp.example")));
    EXPECT_EQ(of_server.path.status, path_status::ok);
    EXPECT_TRUE(of_server.proves(domain("corp.example")));
    EXPECT_FALSE(of_server.proves(domain("partner.example")));
  }
}

TEST_F(TlsIdentity, is_open_where_the_client_shows_no_certificate) {
  // No certificate of the partner's hub covers this sender.
  const auto link = join(*partner, *corp, "other.example", "corp.example");
  ASSERT_TRUE(link.up) << link.why;
  EXPECT_EQ(corp->judge(*link.server, peer_role::initiating, today, {}).path.status,
            path_status::no_certificate);
}

TEST_F(TlsIdentity, is_judged_after_a_handshake_that_takes_any_certificate) {
  const auto& trusted = pki::shared();
  const recipe good{
    .common_name = "partner", .issuer = &trusted.intermediate, .names = {dns("partner.example")}};
  const auto variant = [&](auto change) {
    auto result = good;
    change(result);
    return make_identity(result);
  };
  const auto expired = variant([](recipe& x) { x.not_after = today - 1h; });
  const auto self_signed = variant([](recipe& x) { x.issuer = nullptr; });
  const auto unknown = variant([&](recipe& x) { x.issuer = &trusted.unknown_root; });
  const auto client_only = variant([](recipe& x) {
    x.extensions = {{"extendedKeyUsage", "clientAuth"}};
  });
  const auto whole = make_identity(good);
  struct {
    const identity& shown;
    std::vector<const identity*> chain;
    path_status expected;
  } const table[] = {
    {whole, {&trusted.intermediate}, path_status::ok},
    {whole, {}, path_status::unknown_ca},
    {expired, {&trusted.intermediate}, path_status::expired},
    {self_signed, {}, path_status::self_signed},
    {unknown, {}, path_status::unknown_ca},
    {client_only, {&trusted.intermediate}, path_status::bad_purpose},
  };
  for (const auto& row : table)
    EXPECT_EQ(judged(write(row.shown, row.chain), config({})).path.status, row.expected);
}

TEST_F(TlsIdentity, follows_the_configured_rules) {
  const auto client_only = make_identity({.issuer = &pki::shared().intermediate,
                                          .names = {dns("partner.example")},
                                          .extensions = {{"extendedKeyUsage", "clientAuth"}}});
  const auto files = write(client_only);
  auto rules = config({});
  rules.tls.accept_eku = eku_policy::client;
  EXPECT_EQ(judged(files, rules).path.status, path_status::ok);

  const auto& trusted = pki::shared();
  const auto none_revoked = place.write("root.crl", make_crl(trusted.root, {}));
  rules.tls.crl_files = {
    none_revoked,
    place.write("intermediate.crl",
                crl_to_pem(make_crl(trusted.intermediate, {client_only.certificate.get()})))};
  EXPECT_EQ(judged(files, rules).path.status, path_status::revoked);
}

TEST_F(TlsIdentity, is_judged_at_the_time_that_is_given) {
  const auto link = join(*partner, *corp, "partner.example", "corp.example");
  const auto at = [&](std::chrono::sys_seconds now) {
    return corp->judge(*link.server, peer_role::initiating, now, {}).path.status;
  };
  EXPECT_EQ(at(today - std::chrono::days{31}), path_status::not_yet_valid);
  EXPECT_EQ(at(today), path_status::ok);
  EXPECT_EQ(at(today + std::chrono::days{61}), path_status::expired);
}

TEST_F(TlsIdentity, is_shown_by_the_certificate_that_covers_the_sender) {
  const auto hub = load(config(
    {for_domains({"*.corp.example", "one.example"}), for_domains({"corp.example"}),
     write(issued("by service", {srv("_xmpp-server.srv.example")})),
     write(issued("by address", {xmpp("münchen.example")})), for_domains({"chat.corp.example"})}));
  const std::pair<std::string_view, std::string_view> table[] = {
    {"corp.example", "corp.example"},
    {"one.example", "*.corp.example"},
    {"room.corp.example", "*.corp.example"},
    {"chat.corp.example", "chat.corp.example"}, // the exact name, although the wildcard comes first
    {"deep.room.corp.example", ""},             // a certificate's wildcard is one label
    {"srv.example", "by service"},
    {"xn--mnchen-3ya.example", "by address"},
    {"other.example", ""},
  };
  for (const auto& [sender, shown] : table) {
    const auto link = join(*hub, *partner, sender, "partner.example");
    ASSERT_TRUE(link.up) << link.why;
    EXPECT_EQ(shown_to(link.server.get()), shown) << sender;
    EXPECT_EQ(hub->covers(domain(sender)), !shown.empty()) << sender;
  }
}

TEST_F(TlsIdentity, is_shown_by_the_client_certificate_where_one_is_configured) {
  auto with_one = config({for_domains({"corp.example"})});
  with_one.tls.client_certificate = for_domains({"client.example", "chat.example"});
  const auto hub = load(with_one);
  for (const std::string_view sender : {"corp.example", "chat.example", "other.example"})
    EXPECT_EQ(shown_to(join(*hub, *partner, sender, "partner.example").server.get()),
              "client.example");
  EXPECT_TRUE(hub->covers(domain("chat.example")));
  EXPECT_FALSE(
    hub->covers(domain("corp.example"))); // the client certificate does not count for this
  // Clients get the other certificate.
  EXPECT_EQ(shown_to(join(*partner, *hub, "partner.example", "chat.example").client.get()),
            "corp.example");
  ASSERT_NE(hub->client_certificate(), nullptr);
  EXPECT_EQ(hub->client_certificate()->not_after, today + std::chrono::days{60});
  EXPECT_EQ(corp->client_certificate(), nullptr);
}

TEST_F(TlsIdentity, is_shown_by_a_self_signed_certificate_too) {
  const auto hub = load(config({}));
  const auto link = join(*hub, *partner, "local.example", "partner.example");
  ASSERT_TRUE(link.up) << link.why;
  EXPECT_EQ(shown_to(link.server.get()), "hub-1");
  EXPECT_TRUE(hub->covers(domain("local.example")));
}

TEST_F(TlsIdentity, of_local_domains_without_certificate_is_told) {
  const auto hub = load(config({for_domains({"corp.example", "*.corp.example"}),
                                write(issued("by service", {srv("_xmpp-server.srv.example")}))}));
  std::vector<domain_pattern> local;
  for (const auto* text :
       {"corp.example", "*.corp.example", "room.corp.example", "srv.example", "*.srv.example",
        "deep.room.corp.example", "*.room.corp.example", "other.example"})
    local.push_back(domain_pattern::parse(text).value());
  std::vector<std::string> bare;
  for (const auto& x : hub->uncovered(local))
    bare.push_back(x.str());
  EXPECT_THAT(bare, ElementsAre("*.srv.example", "deep.room.corp.example", "*.room.corp.example",
                                "other.example"));
  // The hub's own certificate has the names, but peers that check certificates refuse it.
  const std::vector one{*domain_pattern::parse("local.example")};
  EXPECT_EQ(load(config({}))->uncovered(one), one);
}

} // namespace
} // namespace fedhub
