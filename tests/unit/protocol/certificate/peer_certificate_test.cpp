#include "protocol/certificate/peer_certificate.hpp"

#include <gmock/gmock.h>
#include <openssl/err.h>

#include "protocol/text/hex.hpp"
#include "tests/unit/protocol/certificate/certificate_scene.hpp"

namespace fedhub::test {
namespace {

using enum path_status;
using std::chrono::days;
using testing::AllOf;
using testing::Each;
using testing::Ge;
using testing::Le;
using testing::SizeIs;

const pki& the() { return pki::shared(); }

identity server(const identity* issuer = &the().root) {
  return make_identity({.issuer = issuer, .names = {dns("im.partner.example")}});
}

TEST(PeerCertificate, is_described_whether_its_path_holds_or_not) {
  using namespace std::chrono;
  const auto leaf = make_identity({.common_name = "im.partner.example",
                                   .issuer = &the().unknown_root,
                                   .names = {dns("im.partner.example")},
                                   .extensions = {{"extendedKeyUsage", "serverAuth,clientAuth"}},
                                   .not_before = sys_days{2026y / 1 / 2} + 3h + 4min + 5s,
                                   .not_after = sys_days{9999y / 12 / 31} + 23h + 59min + 59s});
  const auto verdict = judge({.leaf = &leaf}, eku_policy::server, {domain("im.partner.example")});
  EXPECT_EQ(verdict.path.status, unknown_ca);
  EXPECT_EQ(verdict.names.at(0).type, name_type::dns_name);
  EXPECT_FALSE(verdict.proves(domain("im.partner.example")));
  EXPECT_EQ(verdict.eku, eku_class::both);
  EXPECT_EQ(verdict.not_before, sys_days{2026y / 1 / 2} + 3h + 4min + 5s);
  EXPECT_EQ(verdict.not_after, sys_days{9999y / 12 / 31} + 23h + 59min + 59s);
  EXPECT_EQ(verdict.subject, "CN=im.partner.example");
  EXPECT_EQ(verdict.issuer, "CN=unknown root");
}

TEST(PeerCertificate, has_the_digests_of_itself_and_of_its_key) {
  const auto digest = [](const std::string& der) {
    sha256_digest out{};
    EXPECT_EQ(EVP_Q_digest(nullptr, "SHA256", nullptr, der.data(), der.size(), out.data(), nullptr),
              1);
    return to_hex(out);
  };
  const auto leaf = server();
  unsigned char* spki = nullptr;
  const int size = i2d_PUBKEY(leaf.key.get(), &spki);
  ASSERT_GT(size, 0);
  const std::string key{reinterpret_cast<char*>(spki), static_cast<size_t>(size)};
  OPENSSL_free(spki);
  const auto verdict = judge({.leaf = &leaf}, eku_policy::server);
  EXPECT_EQ(to_hex(verdict.sha256), digest(to_der(*leaf.certificate)));
  EXPECT_EQ(to_hex(verdict.spki_sha256), digest(key));
}

TEST(PeerCertificate, cannot_forge_or_flood_the_log_by_its_names) {
  const auto shown = [](std::string name) {
    const auto leaf = make_identity({.common_name = std::move(name)});
    return judge({.leaf = &leaf}, eku_policy::server).subject;
  };
  EXPECT_EQ(shown("a\nb\x1b[31m"), "CN=a\\0Ab\\1B[31m");
  EXPECT_EQ(shown("münchen, CN=x"), "CN=m\\C3\\BCnchen\\, CN=x");
  std::string bidi;
  for (int i = 0; i < 21; ++i)
    bidi += "\u202e";
  EXPECT_THAT(shown(bidi), Each(AllOf(Ge(' '), Le('~'))));
  EXPECT_EQ(shown(""), "");

  recipe recipe{.common_name = ""};
  const auto issuer = make_ca(std::string(64, 'i'));
  recipe.issuer = &issuer;
  const auto leaf = make_identity(recipe);
  for (int i = 0; i < 40; ++i) {
    const std::string unit(64, static_cast<char>('a' + i % 26));
    X509_NAME_add_entry_by_NID(X509_get_subject_name(leaf.certificate.get()),
                               NID_organizationalUnitName, MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(unit.data()), 64, -1, 0);
  }
  EXPECT_THAT(judge({.leaf = &leaf}, eku_policy::server).subject,
              SizeIs(certificate_verdict::max_shown_name));
}

TEST(PeerCertificate, leaves_nothing_in_the_error_queue_of_its_thread) {
  const auto broken =
    make_identity({.issuer = &the().root, .extensions = {{"2.5.29.17", "DER:30:05:82:09:61"}}});
  const auto spoiled = make_identity({.issuer = &the().root, .spoil_signature = true});
  trust_store trust;
  ASSERT_TRUE(trust.add_anchors(to_pem(*the().root.certificate)));
  for (const auto* leaf : {&broken, &spoiled}) {
    const path_request request{.leaf = leaf->certificate.get(), .trust = trust, .now = today};
    EXPECT_NE(check_path(request).status, ok);
    EXPECT_EQ(ERR_peek_error(), 0u);
    judge_certificate(request, {});
    EXPECT_EQ(ERR_peek_error(), 0u);
  }
}

TEST(PeerCertificate, that_is_missing_proves_nothing) {
  const auto verdict = judge({}, eku_policy::any, {domain("im.partner.example")});
  EXPECT_EQ(verdict.path.status, no_certificate);
  EXPECT_TRUE(verdict.names.empty());
  EXPECT_FALSE(verdict.proves(domain("im.partner.example")));
}

TEST(PeerCertificate, proves_each_domain_by_a_name_of_its_own) {
  const auto leaf = make_identity(
    {.issuer = &the().root, .names = {dns("*.partner.example"), xmpp("münchen.example")}});
  const auto verdict =
    judge({.leaf = &leaf}, eku_policy::server,
          {domain("a.partner.example"), domain("partner.example"), domain("münchen.example")});
  EXPECT_TRUE(verdict.proves(domain("a.partner.example")));
  EXPECT_FALSE(verdict.proves(domain("partner.example")));
  EXPECT_TRUE(verdict.proves(domain("münchen.example")));
  EXPECT_FALSE(verdict.proves(domain("b.partner.example"))) << "was not asked for";
}

TEST(Revocation, counts_where_the_issuer_s_list_is_known) {
  const auto leaf = server(&the().intermediate);
  const auto other = server(&the().intermediate);
  const auto* intermediate = the().intermediate.certificate.get();
  const auto good = make_crl(the().intermediate, {other.certificate.get()});
  const auto revoking = make_crl(the().intermediate, {leaf.certificate.get()});
  const auto root_good = make_crl(the().root, {other.certificate.get()});
  const auto root_revoking = make_crl(the().root, {intermediate});
  const auto old = make_crl(the().intermediate, {}, today - days{20}, today - days{10});
  const auto future = make_crl(the().intermediate, {}, today + days{1}, today + days{8});
  const auto impostor = make_ca("intermediate", &the().root); // the same name, another key
  const auto forged = make_crl(impostor, {});
  const auto strangers = make_crl(the().unknown_root, {leaf.certificate.get()});

  const struct {
    const char* what;
    std::vector<std::string> crls;
    path_status where_known;
    bool absent; ///< whether the path holds under `where_known`.
    path_status demanded;
    int depth; ///< of the fault; if only `always` finds a fault, of that one.
  } rows[] = {
    {"no list at all", {}, ok, false, crl_missing, 0},
    {"the issuer's alone", {good}, ok, true, crl_missing, 1},
    {"all of them", {good, root_good}, ok, false, ok, 0},
    {"the root's alone", {root_good}, ok, true, crl_missing, 0},
    {"of somebody else", {strangers}, ok, true, crl_missing, 0},
    {"revoked", {revoking, root_good}, revoked, false, revoked, 0},
    {"issuer revoked", {good, root_revoking}, revoked, false, revoked, 1},
    {"run out", {old, root_good}, crl_expired, false, crl_expired, 0},
    {"run out and a new one", {old, good, root_good}, ok, false, ok, 0},
    {"not yet in force", {future, root_good}, crl_invalid, false, crl_invalid, 0},
    {"forged", {forged, root_good}, crl_invalid, false, crl_invalid, 0},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.what);
    presentation shown{.leaf = &leaf, .sent = {&the().intermediate}, .crls = row.crls};
    for (auto policy : all_policies) {
      const auto lenient = judge(shown, policy).path;
      EXPECT_EQ(lenient.status, row.where_known) << lenient.detail;
      EXPECT_EQ(lenient.crl_absent, row.absent);
    }
    shown.crl_demand = crl_rule::always;
    for (auto policy : all_policies) {
      const auto strict = judge(shown, policy).path;
      EXPECT_EQ(strict.status, row.demanded) << strict.detail;
      EXPECT_EQ(strict.depth, row.depth);
    }
  }
}

TEST(Revocation, is_not_asked_of_a_trust_anchor) {
  const auto self = make_identity({.names = {dns("im.partner.example")}});
  const presentation presentation{
    .leaf = &self, .trusted = {&self}, .crl_demand = crl_rule::always};
  EXPECT_EQ(under_all_policies(presentation), always(ok));
}

std::string error_of(tl::expected<size_t, std::string> x) { return x ? "" : x.error(); }

TEST(TrustStore, takes_all_certificates_of_a_text) {
  trust_store store;
  const auto text = "# a bundle\n" + to_pem(*the().root.certificate) + "\n"
                    + to_pem(*the().unknown_root.certificate);
  EXPECT_EQ(store.add_anchors(text).value_or(0), 2u);
  EXPECT_FALSE(store.has_crls());
}

TEST(TrustStore, tells_what_it_cannot_read) {
  using testing::HasSubstr;
  using testing::StartsWith;
  trust_store store;
  auto cut = to_pem(*the().root.certificate);
  cut.erase(cut.size() / 2, 40);
  EXPECT_EQ(error_of(store.add_anchors("")), "no certificate in it");
  EXPECT_EQ(error_of(store.add_anchors("nothing of the sort")), "no certificate in it");
  EXPECT_THAT(error_of(store.add_anchors(to_pem(*the().root.certificate) + cut)),
              StartsWith("certificate 2 cannot be read: "));
  EXPECT_EQ(error_of(store.add_crls("")), "no CRL in it");
  EXPECT_EQ(error_of(store.add_crls(to_pem(*the().root.certificate))), "no CRL in it");
  EXPECT_FALSE(store.has_crls());
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST(TrustStore, takes_crls_in_pem_and_in_der) {
  const auto der = make_crl(the().root, {});
  for (const auto& text : {der, crl_to_pem(der), crl_to_pem(der) + crl_to_pem(der)}) {
    trust_store store;
    EXPECT_TRUE(store.add_crls(text));
    EXPECT_TRUE(store.has_crls());
  }
}

} // namespace
} // namespace fedhub::test
