#include "protocol/certificate/certificate_path.hpp"

#include <gtest/gtest.h>

#include "tests/unit/protocol/certificate/certificate_scene.hpp"

namespace fedhub::test {
namespace {

using enum path_status;
using std::chrono::days;

const pki& the() { return pki::shared(); }

/// Returns a server's certificate by the trusted root, with these extensions.
identity server(std::vector<extension> extensions = {}, const identity* issuer = &the().root) {
  return make_identity(
    {.issuer = issuer, .names = {dns("im.partner.example")}, .extensions = std::move(extensions)});
}

/// Checks the verdict and its depth under each policy.
void expect_path(const char* what, const presentation& presentation, path_status status,
                 int depth) {
  SCOPED_TRACE(what);
  for (auto policy : all_policies) {
    const auto path = judge(presentation, policy).path;
    EXPECT_EQ(path.status, status) << path.detail;
    EXPECT_EQ(path.depth, depth) << path.detail;
    EXPECT_EQ(path.detail.empty(), status == ok || status == no_certificate);
  }
}

TEST(CertificatePath, holds_from_the_peer_to_a_trust_anchor) {
  const auto direct = server();
  const auto below = server({}, &the().intermediate);
  expect_path("issued by the root", {.leaf = &direct}, ok, 0);
  expect_path("the root sent too", {.leaf = &direct, .sent = {&the().root}}, ok, 0);
  expect_path("by the intermediate", {.leaf = &below, .sent = {&the().intermediate}}, ok, 0);
  expect_path("sent in any order, with strangers",
              {.leaf = &below, .sent = {&the().unknown_root, &the().root, &the().intermediate}}, ok,
              0);
}

/// RFC 5280 §6.1: the order of the certificates has no meaning.
TEST(CertificatePath, is_found_whatever_the_order_of_issuers_with_one_name) {
  const auto other = make_ca("Twin", &the().root);
  const auto right = make_ca("Twin", &the().root);
  const auto lower_other = make_ca("Lower Twin", &right);
  const auto lower = make_ca("Lower Twin", &right);
  const auto leaf = server({}, &right);
  const auto deep = server({}, &lower);
  expect_path("the right one first", {.leaf = &leaf, .sent = {&right, &other}}, ok, 0);
  expect_path("the right one last", {.leaf = &leaf, .sent = {&other, &right}}, ok, 0);
  expect_path("among strangers",
              {.leaf = &leaf, .sent = {&the().unknown_root, &other, &the().root, &right}}, ok, 0);
  expect_path("two levels", {.leaf = &deep, .sent = {&lower_other, &other, &right, &lower}}, ok, 0);
  expect_path("two levels, the other way",
              {.leaf = &deep, .sent = {&lower, &other, &lower_other, &right}}, ok, 0);
  const auto by_none = server({}, &the().unknown_root);
  expect_path("none of them", {.leaf = &by_none, .sent = {&other, &right}}, unknown_ca, 0);
}

TEST(CertificatePath, ends_at_the_first_fault_of_who_issued) {
  const auto self = make_identity({.names = {dns("im.partner.example")}});
  const auto by_unknown = server({}, &the().unknown_root);
  const auto below = server({}, &the().intermediate);
  const auto no_ca = make_ca("no CA", &the().root, {{"basicConstraints", "CA:FALSE"}});
  const auto by_end_entity = server({}, &no_ca);

  expect_path("nothing shown", {}, no_certificate, 0);
  expect_path("self-signed", {.leaf = &self}, self_signed, 0);
  expect_path("self-signed, but trusted", {.leaf = &self, .trusted = {&self}}, ok, 0);
  expect_path("unknown CA", {.leaf = &by_unknown}, unknown_ca, 0);
  expect_path("unknown CA, sent along", {.leaf = &by_unknown, .sent = {&the().unknown_root}},
              unknown_ca, 1);
  expect_path("no anchors", {.leaf = &below, .sent = {&the().intermediate}, .trusted = {}},
              unknown_ca, 1);
  expect_path("missing intermediate", {.leaf = &below}, unknown_ca, 0);
  expect_path("CA:FALSE issuer", {.leaf = &by_end_entity, .sent = {&no_ca}}, not_a_ca, 1);
}

TEST(CertificatePath, asks_every_issuer_below_the_anchor_to_say_that_it_is_a_ca) {
  const auto by_usage_only =
    make_ca("key usage only", &the().root, {{"keyUsage", "critical,keyCertSign"}});
  const auto without_sign =
    make_ca("may not sign", &the().root,
            {{"basicConstraints", "critical,CA:TRUE"}, {"keyUsage", "critical,digitalSignature"}});
  const auto silent_root = make_ca("old root", nullptr, {{"keyUsage", "critical,keyCertSign"}});
  const auto a = server({}, &by_usage_only);
  const auto b = server({}, &without_sign);
  const auto c = server({}, &silent_root);
  expect_path("no basicConstraints", {.leaf = &a, .sent = {&by_usage_only}}, not_a_ca, 1);
  expect_path("no keyCertSign", {.leaf = &b, .sent = {&without_sign}}, not_a_ca, 1);
  expect_path("an anchor is a CA by decision", {.leaf = &c, .trusted = {&silent_root}}, ok, 0);
}

TEST(CertificatePath, obeys_path_length_constraints) {
  const auto last_ca = make_ca(
    "last CA", &the().root,
    {{"basicConstraints", "critical,CA:TRUE,pathlen:0"}, {"keyUsage", "critical,keyCertSign"}});
  const auto too_deep = make_ca("one too many", &last_ca);
  const auto below_last = server({}, &last_ca);
  const auto below_too_deep = server({}, &too_deep);
  expect_path("pathlen:0 and no further CA", {.leaf = &below_last, .sent = {&last_ca}}, ok, 0);
  expect_path("pathlen:0 and a further CA",
              {.leaf = &below_too_deep, .sent = {&too_deep, &last_ca}}, path_too_long, 2);

  for (const int length : {max_path, max_path + 1}) {
    std::vector<identity> cas;
    cas.reserve(static_cast<size_t>(length));
    presentation presentation;
    for (int i = 0; i < length; ++i) {
      cas.push_back(make_ca("CA " + std::to_string(i), i == 0 ? &the().root : &cas.back()));
      presentation.sent.push_back(&cas.back());
    }
    const auto leaf = server({}, &cas.back());
    presentation.leaf = &leaf;
    const auto status = judge(presentation, eku_policy::server).path.status;
    EXPECT_EQ(status, length == max_path ? ok : path_too_long) << length;
  }
}

TEST(CertificatePath, obeys_name_constraints) {
  const auto ca = [](const char* constraints) {
    return make_ca(constraints, &the().root,
                   {{"basicConstraints", "critical,CA:TRUE"},
                    {"keyUsage", "critical,keyCertSign"},
                    {"nameConstraints", constraints}});
  };
  const auto inside = ca("critical,permitted;DNS:partner.example");
  const auto elsewhere = ca("critical,permitted;DNS:other.example");
  const auto excluding = ca("excluded;DNS:partner.example");
  const auto a = server({}, &inside), b = server({}, &elsewhere), c = server({}, &excluding);
  expect_path("permitted", {.leaf = &a, .sent = {&inside}}, ok, 0);
  expect_path("not permitted", {.leaf = &b, .sent = {&elsewhere}}, name_not_permitted, 0);
  expect_path("excluded", {.leaf = &c, .sent = {&excluding}}, name_not_permitted, 0);
}

TEST(CertificatePath, holds_at_its_time_only) {
  const auto leaf = server(); // valid from 30 days ago for 90 days
  const auto short_lived_ca = [] {
    recipe recipe{.common_name = "short-lived", .issuer = &the().root};
    recipe.extensions = {{"basicConstraints", "critical,CA:TRUE"}};
    recipe.not_after = today + days{1};
    return make_identity(recipe);
  }();
  const auto below = server({}, &short_lived_ca);
  const std::chrono::seconds second{1};
  expect_path("the first second", {.leaf = &leaf, .now = today - days{30}}, ok, 0);
  expect_path("before", {.leaf = &leaf, .now = today - days{30} - second}, not_yet_valid, 0);
  expect_path("the last but one", {.leaf = &leaf, .now = today + days{60} - second}, ok, 0);
  // RFC 5280 §4.1.2.5 includes the second of notAfter, but OpenSSL does not.
  expect_path("the last second", {.leaf = &leaf, .now = today + days{60}}, expired, 0);
  expect_path("a CA that ends first",
              {.leaf = &below, .sent = {&short_lived_ca}, .now = today + days{2}}, expired, 1);
  expect_path("an anchor that ended", {.leaf = &leaf, .now = today + std::chrono::years{6}},
              expired, 1);
}

TEST(CertificatePath, refuses_weak_keys_and_signatures) {
  const auto rsa_root =
    make_ca("RSA root", nullptr,
            {{"basicConstraints", "critical,CA:TRUE"}, {"keyUsage", "critical,keyCertSign"}},
            key_kind::rsa_2048);
  const auto with_digest = [&](const char* digest, const identity& issuer) {
    return make_identity({.issuer = &issuer, .digest = digest});
  };
  const auto rsa_1024 = make_identity({.issuer = &the().root, .key = key_kind::rsa_1024});
  const auto rsa_2048 = make_identity({.issuer = &the().root, .key = key_kind::rsa_2048});
  const auto weak_ca =
    make_ca("weak CA", &the().root, {{"basicConstraints", "critical,CA:TRUE"}}, key_kind::rsa_1024);
  const auto below_weak = server({}, &weak_ca);
  const auto md5 = with_digest("MD5", rsa_root), sha1 = with_digest("SHA1", rsa_root);
  const auto ecdsa_sha1 = with_digest("SHA1", the().root);
  const auto sha384 = with_digest("SHA384", rsa_root);
  const auto spoiled = make_identity({.issuer = &the().root, .spoil_signature = true});

  expect_path("RSA 1024", {.leaf = &rsa_1024}, weak_key, 0);
  expect_path("RSA 2048", {.leaf = &rsa_2048}, ok, 0);
  expect_path("a CA of RSA 1024", {.leaf = &below_weak, .sent = {&weak_ca}}, weak_key, 1);
  expect_path("MD5", {.leaf = &md5, .trusted = {&rsa_root}}, weak_signature, 0);
  expect_path("SHA-1", {.leaf = &sha1, .trusted = {&rsa_root}}, weak_signature, 0);
  expect_path("SHA-1 with ECDSA", {.leaf = &ecdsa_sha1}, weak_signature, 0);
  expect_path("SHA-384", {.leaf = &sha384, .trusted = {&rsa_root}}, ok, 0);
  expect_path("a signature that does not hold", {.leaf = &spoiled}, bad_signature, 0);
}

TEST(CertificatePath, refuses_extensions_that_it_cannot_honour) {
  const auto unknown = server({{"1.2.3.4.5", "critical,DER:05:00"}});
  const auto harmless = server({{"1.2.3.4.5", "DER:05:00"}});
  const auto twice = server({{"subjectAltName", "DNS:other.example"}});
  const auto broken =
    make_identity({.issuer = &the().root, .extensions = {{"2.5.29.17", "DER:30:05:82:09:61"}}});
  expect_path("critical and unknown", {.leaf = &unknown}, critical_extension, 0);
  expect_path("unknown", {.leaf = &harmless}, ok, 0);
  expect_path("subjectAltName twice", {.leaf = &twice}, malformed, 0);
  expect_path("subjectAltName cut off", {.leaf = &broken}, malformed, 0);
  for (const auto* x : {&twice, &broken})
    EXPECT_TRUE(judge({.leaf = x}, eku_policy::server).names_malformed);
}

TEST(CertificatePath, asks_for_the_purpose_that_the_policy_says) {
  constexpr auto bad = bad_purpose;
  const struct {
    const char* what;
    std::vector<extension> extensions;
    eku_class eku;
    statuses initiating; ///< under `server`, `client`, `any`.
    path_status receiving;
  } rows[] = {
    {"no EKU", {}, eku_class::none, always(ok), ok},
    {"serverAuth", {{"extendedKeyUsage", "serverAuth"}}, eku_class::server, {ok, bad, ok}, ok},
    {"clientAuth", {{"extendedKeyUsage", "clientAuth"}}, eku_class::client, {bad, ok, ok}, bad},
    {"both", {{"extendedKeyUsage", "serverAuth,clientAuth"}}, eku_class::both, always(ok), ok},
    {"critical",
     {{"extendedKeyUsage", "critical,serverAuth"}},
     eku_class::server,
     {ok, bad, ok},
     ok},
    {"emailProtection",
     {{"extendedKeyUsage", "emailProtection"}},
     eku_class::other,
     always(bad),
     bad},
    {"anyExtendedKeyUsage",
     {{"extendedKeyUsage", "anyExtendedKeyUsage"}},
     eku_class::other,
     always(bad),
     bad},
    {"anyExtendedKeyUsage and serverAuth",
     {{"extendedKeyUsage", "anyExtendedKeyUsage,serverAuth"}},
     eku_class::server,
     {ok, bad, ok},
     ok},
    {"a usage of XMPP's own",
     {{"extendedKeyUsage", "1.3.6.1.5.5.7.3.99"}},
     eku_class::other,
     always(bad),
     bad},
    {"server gated crypto", {{"extendedKeyUsage", "msSGC"}}, eku_class::server, {ok, bad, ok}, ok},
    {"key usage of a signer",
     {{"keyUsage", "critical,digitalSignature"}},
     eku_class::none,
     always(ok),
     ok},
    {"key usage of a CA",
     {{"keyUsage", "critical,keyCertSign"}},
     eku_class::none,
     always(bad),
     bad},
    {"key usage of RSA key transport",
     {{"keyUsage", "critical,keyEncipherment"}},
     eku_class::none,
     {ok, bad, ok},
     ok},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.what);
    const auto leaf = server(row.extensions);
    EXPECT_EQ(under_all_policies({.leaf = &leaf}), row.initiating);
    EXPECT_EQ(under_all_policies({.leaf = &leaf, .peer = peer_role::receiving}),
              always(row.receiving));
    EXPECT_EQ(judge({.leaf = &leaf}, eku_policy::server).eku, row.eku);
  }
}

TEST(CertificatePath, asks_the_same_purpose_of_every_issuer) {
  const auto ca_for = [](const char* usage) {
    return make_ca(usage, &the().root,
                   {{"basicConstraints", "critical,CA:TRUE"}, {"extendedKeyUsage", usage}});
  };
  const auto servers_ca = ca_for("serverAuth"), clients_ca = ca_for("clientAuth");
  const auto plain = server({}, &servers_ca);
  const auto mixed = server({{"extendedKeyUsage", "serverAuth"}}, &clients_ca);
  EXPECT_EQ(under_all_policies({.leaf = &plain, .sent = {&servers_ca}}),
            (statuses{ok, bad_purpose, ok}));
  EXPECT_EQ(under_all_policies({.leaf = &mixed, .sent = {&clients_ca}}), always(bad_purpose));
}

} // namespace
} // namespace fedhub::test
